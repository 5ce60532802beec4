/** What no operation answers is in the flow too: a fault at a path, a preflight, a method that an endpoint does not have. */
import { describe, expect, test } from 'vitest'
import { transferHosts } from '../../../contracts/edge/cloudflared.ts'
import type { EdgeFixture } from '../applications.ts'
import { program } from '../cloudflared/program.ts'
import { browser } from '../login/browser.ts'
import { last, signIn, team } from '../login/person.ts'
import {
  callback,
  clientOf,
  codeFor,
  endpoint,
  exchange,
  fetched,
  mcp,
  oauthWorld,
  plain,
  postForm,
  verifier,
} from '../oauth/application.ts'
import * as saas from '../oauth/saas.ts'
import { entries, latestFlow, page, steps } from './journal.ts'

const preflight = async ({ emulator }: EdgeFixture, url: string) => {
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' }
  return (await emulator.fetch(url, { method: 'OPTIONS', headers })).status
}

function faultAt({ emulator }: EdgeFixture, path: string) {
  const effect = { kind: 'status', status: 503 } as const
  return emulator.control.setFaults({ body: [{ at: 'edge.path', effect, when: { path } }] })
}

describe('A fault at a path', () => {
  test('is in the flow of the code, whose value is not shown', async () => {
    const edge = await oauthWorld()
    const id = await clientOf(edge)
    const code = await codeFor(edge, id)
    const flow = await latestFlow(edge)
    await faultAt(edge, new URL(endpoint('token')).pathname)
    expect((await exchange(edge, id, code)).status).toBe(503)
    expect((await steps(edge, flow)).slice(-2)).toEqual(['code 302', 'token 503'])
    const entry = (await entries(edge)).at(-1)
    expect(entry).toMatchObject({ operation: 'edge.path', fault: expect.any(String) })
    expect(entry?.flow?.sent).toMatchObject({ client_id: id, code: '…', code_verifier: '…' })
    const { text } = await page(edge, `/flows/${flow}`)
    expect(text).toContain('<b class="bad">Stopped at token</b>')
    for (const secret of [code, verifier]) expect(text).not.toContain(secret)
  })

  test('is in the flow of an authorization, and of no flow elsewhere', async () => {
    const edge = await saas.saasWorld()
    await faultAt(edge, `${new URL(saas.issuer).pathname}/authorization`)
    expect((await fetched(edge, saas.authorizationUrl())).status).toBe(503)
    expect(await steps(edge, await latestFlow(edge))).toEqual(['authorization 503'])
    await faultAt(edge, '/cdn-cgi/access/certs')
    await fetched(edge, `${team}/cdn-cgi/access/certs`)
    expect((await entries(edge)).at(-1)).toMatchObject({ status: 503, operation: 'edge.path' })
    expect((await entries(edge)).at(-1)).not.toHaveProperty('flow')
  })

  test('answers a body that is too long to be read as well', async () => {
    const edge = await oauthWorld()
    await faultAt(edge, new URL(endpoint('token')).pathname)
    const answer = await postForm(edge, endpoint('token'), { code: 'x'.repeat(100_000) })
    expect([answer.status, answer.text]).toEqual([503, ''])
  })
})

describe('A preflight', () => {
  test('is with the discovery of its client', async () => {
    const edge = await saas.saasWorld()
    expect(await preflight(edge, `${saas.issuer}/.well-known/openid-configuration`)).toBe(204)
    const alone = await latestFlow(edge)
    const { text } = await page(edge, `/flows/${alone}`)
    expect(text).toContain('<h1>OpenID Connect</h1>')
    expect(text).toContain('<b class="turn">Waiting at preflight</b>')
    const code = await saas.codeFor(edge)
    expect(await preflight(edge, `${saas.issuer}/token`)).toBe(204)
    await saas.exchange(edge, code)
    const flow = await latestFlow(edge)
    const all = await steps(edge, flow)
    expect([all[0], ...all.slice(-3)]).toEqual([
      ...['preflight 204', 'code 302', 'preflight 204', 'token 200'],
    ])
    const list = await page(edge, '/flows')
    expect(list.text).toContain(`/flows/${flow}`)
    expect(list.text).not.toContain(`/flows/${alone}`)
  })

  test('of Managed OAuth is with that of the application or the team, and for a query with its flow', async () => {
    const edge = await oauthWorld()
    await preflight(edge, `https://${mcp}/.well-known/oauth-protected-resource`)
    for (const name of ['registration', 'token']) await preflight(edge, endpoint(name))
    const id = await clientOf(edge)
    await codeFor(edge, id)
    const flow = await latestFlow(edge)
    const all = await steps(edge, flow)
    expect(all.slice(0, 4)).toEqual([...Array(3).fill('preflight 204'), 'registration 201'])
    const { path = '' } =
      (await entries(edge, { flow })).find((each) => each.flow?.step === 'code') ?? {}
    await preflight(edge, team + path)
    expect(await latestFlow(edge)).toBe(flow)
    expect((await steps(edge, flow)).at(-1)).toBe('preflight 404')
  })
})

describe('A method that an endpoint does not have', () => {
  test('is in the flow that its parameters name, wherever they are', async () => {
    const edge = await oauthWorld()
    const id = await clientOf(edge)
    const code = await codeFor(edge, id)
    const flow = await latestFlow(edge)
    const parameters = { grant_type: 'authorization_code', client_id: id, code }
    const got = await fetched(edge, `${endpoint('token')}?${new URLSearchParams(parameters)}`)
    expect(got.status).toBe(404)
    const form = { client_id: id, redirect_uri: callback, ...(await sentIn(edge, flow)) }
    expect((await postForm(edge, endpoint('authorization'), form)).status).toBe(404)
    expect((await steps(edge, flow)).slice(-2)).toEqual(['token 404', 'authorization 404'])
    await fetched(edge, endpoint('token'))
    expect((await entries(edge)).at(-1)).not.toHaveProperty('flow')
  })

  test('at the transfer service is in the flow of its key', async () => {
    const edge = await oauthWorld({ behaviours: { 'transfer.hold_seconds': 0 } })
    const cli = program(edge)
    const person = browser(edge.emulator)
    expect(last(await signIn(person, cli.approvalOf(`https://${plain}/`))).status).toBe(200)
    await cli.poll()
    const flow = await latestFlow(edge)
    expect((await cli.poll(transferHosts[0], 'POST')).status).toBe(404)
    expect((await steps(edge, flow)).slice(-2)).toEqual(['token 404', 'token 404'])
    const posted = (await entries(edge, { flow })).at(-1)
    expect(posted).toMatchObject({ method: 'POST', operation: 'edge.path' })
  })
})

/** The values that tie an authorization to its flow, as the path of its request has them. */
async function sentIn(edge: EdgeFixture, flow: string) {
  const all = await entries(edge, { flow })
  const { path = '' } = all.find((each) => each.flow?.step === 'authorization') ?? {}
  const query = new URL(path, team).searchParams
  const names = ['state', 'code_challenge', 'nonce'] as const
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? '']))
}
