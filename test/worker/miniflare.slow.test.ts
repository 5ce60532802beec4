/** The options for miniflare, without workerd: where each request of a Worker goes, and what a Worker is configured with. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type MiniflareHelperOptions, miniflareOptions } from '../../client/miniflare.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

let emulator: Emulator
let origin: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  origin = await serve()
  emulator = await createEmulator({
    seed: 'example',
    origins: { 'zipped.example.com': origin.url, 'origin.example.org': origin.url },
  })
})
afterAll(async () => {
  await emulator.close()
  origin.close()
})

/** Answers what it was asked, compressed; at `/moved` with a redirect, at `/421` with a refusal of its own. */
async function serve() {
  const server = createServer(async (request, response) => {
    const told = await seen(request)
    if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' }).end()
    else if (request.url === '/421') response.writeHead(421).end('of the origin')
    else {
      response.writeHead(200, {
        'content-encoding': 'gzip',
        'set-cookie': ['a=1', 'b=2'],
      })
      response.end(gzipSync(told))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, close: () => server.close() }
}

async function seen(request: IncomingMessage): Promise<string> {
  return `${request.method} ${request.headers.host}${request.url} ${await text(request)}`
}

/** What the Worker's `fetch` answers. */
async function fetched(
  url: string,
  init: RequestInit = {},
  otherwise?: MiniflareHelperOptions['otherwise'],
) {
  const { outboundService } = await miniflareOptions({ emulator, otherwise })
  return outboundService(new Request(url, init))
}

describe('the fetch of a Worker', () => {
  test.each([
    ['https://example-team.cloudflareaccess.com/cdn-cgi/access/certs', 200, 'keys'],
    ['https://api.cloudflare.com/client/v4/accounts', 400, 'errors'],
    ['https://machines.example.com/', 403, undefined],
  ])('of %s arrives at the emulator', async (url, status, key) => {
    const answer = await fetched(url)
    expect(answer.status).toBe(status)
    expect(answer.headers.has('cf-ray')).toBe(true)
    if (key !== undefined) expect(await answer.json()).toHaveProperty(key)
  })

  test('has method, headers and body, and the answer is decoded', async () => {
    const answer = await fetched('https://zipped.example.com/path?q=1', {
      method: 'PUT',
      body: 'a body',
      headers: { authorization: 'kept' },
    })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('PUT zipped.example.com/path?q=1 a body')
    expect(answer.headers.has('content-encoding')).toBe(false)
    expect(answer.headers.getSetCookie()).toEqual(expect.arrayContaining(['a=1', 'b=2']))
  })

  test('is given a redirect, and follows it itself', async () => {
    const answer = await fetched('https://zipped.example.com/moved')
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/elsewhere'])
    const local = await fetched(`${origin.url}/moved`)
    expect([local.status, local.headers.get('location')]).toEqual([302, '/elsewhere'])
  })

  test('of a loopback address goes there, the emulator’s own included', async () => {
    const answer = await fetched(`${origin.url}/`, { method: 'POST', body: 'x' })
    expect(await answer.text()).toBe(`POST ${new URL(origin.url).host}/ x`)
    const health = await fetched(`${emulator.url}/__access/health`)
    expect([health.status, await health.json()]).toEqual([200, expect.anything()])
  })

  test.each(['https://hooks.example.net/', 'https://192.0.2.1/', 'https://[2001:db8::1]/'])(
    'of %s, which the emulator does not serve, is refused',
    async (url) => {
      const answer = await fetched(url, { method: 'POST', body: 'x' })
      expect(answer.status).toBe(421)
      expect(await answer.json()).toMatchObject({ error: { code: 'host_not_served' } })
    },
  )

  test.each(['https://hooks.example.net/', 'https://192.0.2.1/'])(
    'of %s goes where it is let, once and whole',
    async (url) => {
      const otherwise = vi.fn(async (request: Request) =>
        Response.json({
          of: `${request.method} ${request.url} ${await request.text()}`,
          ...{ header: request.headers.get('x-mine'), redirect: request.redirect },
        }),
      )
      const init = { method: 'POST', body: 'a body', headers: { 'x-mine': 'kept' } }
      const answer = await fetched(url, init, otherwise)
      const of = `POST ${url} a body`
      expect(await answer.json()).toEqual({ of, header: 'kept', redirect: 'manual' })
      expect(otherwise).toHaveBeenCalledTimes(1)
    },
  )

  test('that an application answers with 421 stays there', async () => {
    const otherwise = vi.fn(() => new Response('otherwise'))
    const answer = await fetched('https://origin.example.org/421', {}, otherwise)
    expect([answer.status, await answer.text()]).toEqual([421, 'of the origin'])
    expect(otherwise).not.toHaveBeenCalled()
  })

  test('as a WebSocket is refused in words', async () => {
    const init = { headers: { upgrade: 'websocket' } }
    const answer = await fetched('https://machines.example.com/', init)
    expect(answer.status).toBe(501)
    expect(await answer.text()).toContain('WebSocket')
  })
})

describe('the bindings', () => {
  test('are those of the first account', async () => {
    const { auth_domain, applications, service_tokens } = emulator.account
    const { bindings } = await miniflareOptions({ emulator: emulator.url })
    expect(bindings).toEqual({
      TEAM_DOMAIN: `https://${auth_domain}`,
      POLICY_AUD: applications[0]?.aud,
      CF_ACCESS_CLIENT_ID: service_tokens[0]?.client_id,
      CF_ACCESS_CLIENT_SECRET: service_tokens[0]?.client_secret,
    })
  })

  test('have the AUD tag of an application, by its domain or name, and its account’s team', async () => {
    const two = await createEmulator({
      seed: {
        accounts: [
          { name: 'one', organization: { name: 'one', auth_domain: 'one.cloudflareaccess.com' } },
          {
            name: 'two',
            zones: [{ name: 'example.com' }],
            organization: { name: 'two', auth_domain: 'two.cloudflareaccess.com' },
            applications: [{ type: 'self_hosted', name: 'App', domain: 'app.example.com' }],
          },
        ],
      },
    })
    onTestFinished(() => two.close())
    const POLICY_AUD = two.accounts()[1]?.applications[0]?.aud
    for (const application of ['app.example.com', 'App']) {
      const { bindings } = await miniflareOptions({ emulator: two, application })
      expect(bindings).toEqual({ TEAM_DOMAIN: 'https://two.cloudflareaccess.com', POLICY_AUD })
    }
    const { bindings } = await miniflareOptions({ emulator: two })
    expect(bindings).toMatchObject({ POLICY_AUD })
  })

  test('are not made up: an unknown application, or no emulator, is an error that says so', async () => {
    await expect(miniflareOptions({ emulator, application: 'app.example.net' })).rejects.toThrow(
      /no application "app\.example\.net".*machines\.example\.com/,
    )
    await expect(miniflareOptions({ emulator: origin.url })).rejects.toThrow(
      'does not show its seed',
    )
    const gone = await createEmulator()
    await gone.close()
    await expect(miniflareOptions({ emulator: gone.url })).rejects.toThrow('did not answer')
  })
})
