/** Starting a shared emulator: its keys and secrets are its own, and no address is trusted. */
import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createEmulator, type EmulatorOptions } from '../../../emulator/index.ts'
import { runCommand, startCommand } from '../../support/command.ts'
import { adminToken } from './calls.ts'

async function started(options: EmulatorOptions) {
  const emulator = await createEmulator(options)
  onTestFinished(() => emulator.close())
  return emulator
}

async function secretsOf(options: EmulatorOptions) {
  const emulator = await started({ seed: 'example', ...options })
  const { id, api_token, auth_domain, service_tokens, applications } = emulator.account
  const certs = await emulator.fetch(`https://${auth_domain}/cdn-cgi/access/certs`)
  const { keys } = (await certs.json()) as { keys: { kid: string }[] }
  return [
    id,
    api_token,
    ...service_tokens.flatMap((each) => [each.client_id, each.client_secret]),
    ...applications.map(({ aud }) => aud),
    ...keys.map(({ kid }) => kid),
  ]
}

describe('the secrets of a named seed and the signing keys', () => {
  test('are made new, unless the published ones are asked for', async () => {
    const published = await secretsOf({})
    const own = await secretsOf({ shared: true, adminToken })
    expect(own).toHaveLength(published.length)
    expect(own.filter((each) => published.includes(each))).toEqual([])
    expect(await secretsOf({ shared: true, adminToken, publicSecrets: true })).toEqual(published)
  })
})

describe('what cannot be', () => {
  test.each([
    ['no admin token', { shared: true }, /needs an adminToken/],
    ['public secrets of an emulator that is not shared', { publicSecrets: true }, /for a shared/],
    [
      'real hosts behind a proxy for this machine alone',
      { shared: true, adminToken, passthrough: ['example.com'] },
      /proxyClients/,
    ],
  ])('%s', async (_what, options, message) => {
    await expect(createEmulator(options)).rejects.toThrow(message)
  })
})

describe('a description of the client', () => {
  const address = '203.0.113.9'

  test('is believed by the token of the host’s account, or the emulator’s, and by no address', async () => {
    const received: (string | undefined)[] = []
    const origin = createServer((request, response) => {
      received.push(request.headers['access-emulator-token']?.toString())
      response.end('in')
    })
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void origin.close())
    const port = Reflect.get(Object(origin.address()), 'port')
    const emulator = await started({
      shared: true,
      adminToken,
      origins: { 'app.office.test': `http://127.0.0.1:${port}` },
    })
    const make = (name: string) => emulator.control.createAccount({ body: { name } })
    const [office, other] = [await make('office'), await make('other')]
    const headers = {
      authorization: `Bearer ${office.api_token}`,
      'content-type': 'application/json',
    }
    const made = await fetch(`${emulator.url}/client/v4/accounts/${office.id}/access/apps`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        type: 'self_hosted',
        name: 'app',
        domain: 'app.office.test',
        policies: [
          { name: 'office', decision: 'bypass', include: [{ ip: { ip: `${address}/32` } }] },
        ],
      }),
    })
    expect(made.status).toBe(201)
    const statusWith = async (token?: string) => {
      const answer = await emulator.fetch('https://app.office.test/', {
        headers: {
          'access-emulator-client-ip': address,
          ...(token === undefined ? {} : { 'access-emulator-token': token }),
        },
        redirect: 'manual',
      })
      return answer.status
    }
    expect(await statusWith()).toBe(403)
    expect(await statusWith('wrong')).toBe(403)
    expect(await statusWith(other.admin_token)).toBe(403)
    expect(await statusWith(office.admin_token)).toBe(200)
    expect(await statusWith(adminToken)).toBe(200)
    expect(received).toEqual([undefined, undefined])
  })

  test('is no credential where an API token is bound to an address', async () => {
    const emulator = await started({ shared: true, adminToken })
    const make = (name: string) => emulator.control.createAccount({ body: { name } })
    const [mine, other] = [await make('mine'), await make('other')]
    const { value } = await emulator.control.createToken({
      query: { account: mine.id },
      body: {
        name: 'office',
        policies: [
          { effect: 'allow', permission_groups: [{ name: 'Access: Apps and Policies Read' }] },
        ],
        condition: { request_ip: { in: [`${address}/32`] } },
      },
    })
    const statusWith = async (token = '') => {
      const headers = {
        authorization: `Bearer ${value}`,
        'access-emulator-client-ip': address,
        'access-emulator-token': token,
      }
      const list = `${emulator.url}/client/v4/accounts/${mine.id}/access/apps`
      return (await fetch(list, { headers })).status
    }
    expect(await statusWith('')).toBe(403)
    expect(await statusWith(other.admin_token)).toBe(403)
    expect(await statusWith(mine.admin_token)).toBe(200)
  })
})

describe('an emulator that is not shared', () => {
  test('asks for no token on this machine, and one that is sent still reaches its account alone', async () => {
    const emulator = await started({ seed: 'example' })
    const body = { name: 'mine', ttl_seconds: 60 }
    const mine = await emulator.control.createAccount({ body })
    const seen = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      const answer = await fetch(`${emulator.url}/__access/seed`, { headers })
      return ((await answer.json()) as { accounts: { name: string }[] }).accounts.map(
        ({ name }) => name,
      )
    }
    expect(await seen('none')).toEqual(['Example account', 'mine'])
    expect(await seen(`${mine.admin_token}`)).toEqual(['mine'])
    const plain = await emulator.control.createAccount({ body: { name: 'plain' } })
    expect(plain).not.toHaveProperty('admin_token')
    expect(plain).not.toHaveProperty('expires_at')
  })
})

describe('access-emulator start --shared', () => {
  async function running(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const command = await startCommand(args, { env })
    onTestFinished(async () => {
      await command.stop('SIGKILL')
    })
    return command
  }

  test('prints a made token once and no other secret, and trusts nobody without it', async () => {
    const { ready, stderr, stdout } = await running([], { ACCESS_EMULATOR_SHARED: '1' })
    const [, token = ''] =
      /admin token .* of this shared emulator.*: ([0-9a-f]{48}) /.exec(stderr()) ?? []
    expect(stderr()).toContain('the control API requires a token from everywhere')
    expect(ready).toMatchObject({ account_id: null, api_token: null, seed: 'example' })
    expect(stdout()).not.toContain(token)
    const statusWith = async (path: string, authorization?: string) =>
      (await fetch(`${ready.control}${path}`, authorization ? { headers: { authorization } } : {}))
        .status
    expect(await statusWith('/health')).toBe(200)
    expect(await statusWith('/seed')).toBe(403)
    expect(await statusWith('/seed', `Bearer ${token}`)).toBe(200)
  })

  test('refuses a folder with published secrets unless told that they are wanted', async () => {
    const { mkdtemp, rm } = await import('node:fs/promises')
    const { tmpdir } = await import('node:os')
    const folder = await mkdtemp(`${tmpdir()}/shared-`)
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const first = await running(['--state', folder])
    await first.stop('SIGTERM')
    const args = ['start', '--port', '0', '--shared', '--state', folder]
    const { code, stderr } = await runCommand(args)
    expect([code, stderr]).toEqual([2, expect.stringContaining('published ids and secrets')])
    const wanted = await running(['--shared', '--public-secrets', '--state', folder])
    expect(wanted.ready.seed).toBe('example')
  })
})
