/** Two processes with the same flags answer a scripted OAuth flow with the same bytes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Running, startCommand } from '../../support/command.ts'
import { type Asked, openWire } from '../../support/wire.ts'
import { callback, challenge, mcp, oauth, verifier } from './application.ts'
import { clientId, clientSecret, redirectUri, saas } from './saas.ts'

const team = 'team.cloudflareaccess.com'
const linked = 'linked.example.com'
const seed = {
  accounts: [
    {
      name: 'OAuth',
      api_token: 'token-of-the-account',
      zones: [{ name: 'example.com' }],
      organization: { name: 'Team', auth_domain: team },
      identity_providers: [{ type: 'onetimepin', name: 'One-time PIN', config: {} }],
      applications: [
        {
          type: 'self_hosted',
          name: 'MCP',
          domain: mcp,
          oauth_configuration: oauth,
          policies: [{ name: 'all', decision: 'allow', include: [{ everyone: {} }] }],
        },
        {
          type: 'saas',
          name: 'SaaS',
          saas_app: saas,
          policies: [{ name: 'all', decision: 'allow', include: [{ everyone: {} }] }],
        },
        {
          type: 'self_hosted',
          name: 'Linked',
          domain: linked,
          policies: [
            {
              name: 'linked',
              decision: 'non_identity',
              include: [{ linked_app_token: { name: 'SaaS' } }],
            },
          ],
        },
      ],
    },
  ],
}

const open: Running[] = []
afterAll(async () => {
  await Promise.all(open.map((running) => running.stop('SIGKILL')))
})

interface Asking {
  readonly answers: string[]
  send(asked: Asked): Promise<{ status: number; text: string; location: string }>
  /** Signs a person in, from the redirect to the login; the cookies are kept. */
  signIn(location: string): Promise<void>
  close(): void
}

/** A browser that keeps the head and body of each answer, in order. */
function asking(url: string): Asking {
  const wire = openWire(url)
  const answers: string[] = []
  const cookies = new Map<string, string>()
  const send = async (asked: Asked) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = [
      ...(asked.headers ?? []),
      ...(cookie === '' ? [] : [['cookie', cookie] as const]),
    ]
    const { head, body, status } = await wire.send({ ...asked, headers })
    for (const [, name = '', value = ''] of head.matchAll(/^set-cookie: (\w+)=([^;]*)/gim)) {
      cookies.set(name, value)
    }
    answers.push(head + body.toString('latin1'))
    const location = /^location: (.*)\r?$/im.exec(head)?.[1]?.trim() ?? ''
    return { status, text: body.toString(), location }
  }
  const signIn = async (location: string) => {
    const page = await send(at(location))
    const field = (name: string) =>
      new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1]?.replaceAll('&amp;', '&') ??
      ''
    const action = /action="([^"]*)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const asked = await send({
      ...at(action),
      ...form({ email: 'ada@example.com', redirect_url: field('redirect_url') }),
    })
    const pinPage = await send(at(asked.location))
    const code = /<output>(\d{6})</.exec(pinPage.text)?.[1] ?? ''
    const nonce = /name="nonce" value="([^"]*)"/.exec(pinPage.text)?.[1] ?? ''
    await send({ host: team, path: '/cdn-cgi/access/callback', ...form({ nonce, code }) })
  }
  return { answers, send, signIn, close: () => wire.close() }
}

const form = (fields: Readonly<Record<string, string>>) => ({
  method: 'POST',
  headers: [['content-type', 'application/x-www-form-urlencoded']] as const,
  body: new URLSearchParams(fields).toString(),
})
const at = (location: string) => {
  const { pathname, search } = new URL(location, `https://${team}`)
  return { host: team, path: pathname + search }
}
const bearer = (host: string, token: string): Asked => ({
  ...{ host, path: '/' },
  headers: [['authorization', `Bearer ${token}`]],
})

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

async function managedFlow(url: string): Promise<string[]> {
  const { answers, send, signIn, close } = asking(url)
  const path = (name: string) => `/cdn-cgi/access/oauth/${name}`
  await send({ host: mcp, path: '/' })
  await send({ host: mcp, path: '/.well-known/oauth-protected-resource' })
  await send({ host: team, path: '/.well-known/oauth-authorization-server' })
  const registration = await send({
    method: 'POST',
    host: team,
    path: path('registration'),
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({ redirect_uris: [callback], token_endpoint_auth_method: 'none' }),
  })
  const { client_id } = JSON.parse(registration.text) as { client_id: string }
  const query = new URLSearchParams({
    ...{ response_type: 'code', client_id, redirect_uri: callback, state: 'x' },
    ...{ code_challenge: challenge, code_challenge_method: 'S256', resource: `https://${mcp}/` },
  })
  const authorization = { host: team, path: `${path('authorization')}?${query}` }
  await signIn((await send(authorization)).location)
  const back = new URL((await send(authorization)).location)
  const exchanged = await send({
    host: team,
    path: path('token'),
    ...form({
      ...{ grant_type: 'authorization_code', client_id, redirect_uri: callback },
      ...{ code: back.searchParams.get('code') ?? '', code_verifier: verifier },
    }),
  })
  const tokens = JSON.parse(exchanged.text) as Tokens
  await send(bearer(mcp, tokens.access_token))
  const refreshed = await send({
    host: team,
    path: path('token'),
    ...form({ grant_type: 'refresh_token', client_id, refresh_token: tokens.refresh_token }),
  })
  expect(refreshed.status).toBe(200)
  await send({
    host: team,
    path: path('revoke'),
    ...form({ client_id, token: tokens.refresh_token }),
  })
  close()
  return answers
}

async function saasFlow(url: string): Promise<string[]> {
  const { answers, send, signIn, close } = asking(url)
  const path = (name: string) => `/cdn-cgi/access/sso/oidc/${clientId}/${name}`
  await send({ host: team, path: path('.well-known/openid-configuration') })
  await send({ host: team, path: path('jwks') })
  const authorization = {
    host: team,
    path: path('authorization'),
    ...form({
      ...{ response_type: 'code', client_id: clientId, redirect_uri: redirectUri, state: 'x' },
      ...{ scope: 'openid email profile groups', nonce: 'n' },
      ...{ code_challenge: challenge, code_challenge_method: 'S256' },
    }),
  }
  await signIn((await send(authorization)).location)
  const back = new URL((await send(authorization)).location)
  const client = { client_id: clientId, client_secret: clientSecret }
  const token = (fields: Readonly<Record<string, string>>) =>
    send({ host: team, path: path('token'), ...form({ ...client, ...fields }) })
  const exchanged = await token({
    ...{ grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: verifier },
    code: back.searchParams.get('code') ?? '',
  })
  const tokens = JSON.parse(exchanged.text) as Tokens
  await send({ ...bearer(team, tokens.access_token), path: path('userinfo') })
  const admitted = await send(bearer(linked, tokens.access_token))
  expect([exchanged.status, admitted.status]).toEqual([200, 200])
  const { refresh_token } = tokens
  expect((await token({ grant_type: 'refresh_token', refresh_token })).status).toBe(200)
  close()
  return answers
}

test.each([
  ['Managed OAuth', managedFlow, 14],
  ['OpenID Connect', saasFlow, 12],
])(
  'the same flags give the same bytes, in two processes and after a reset: %s',
  async (_, run, count) => {
    const folder = await mkdtemp(join(tmpdir(), 'oauth-'))
    try {
      const file = join(folder, 'seed.json')
      await writeFile(file, JSON.stringify(seed))
      const flags = ['--seed', file, '--at', '2026-11-24T12:00:00Z', '--entropy', 'demo']
      const [one, two] = await Promise.all([startCommand(flags), startCommand(flags)])
      open.push(one, two)
      const [first, second] = [await run(one.ready.url), await run(two.ready.url)]
      expect(first).toHaveLength(count)
      expect(second).toEqual(first)
      const wire = openWire(one.ready.url)
      await wire.send({ method: 'POST', host: 'localhost', path: '/__access/reset' })
      wire.close()
      expect(await run(one.ready.url)).toEqual(first)
      expect(`${one.stderr()}${two.stderr()}`).not.toMatch(/oauth:[\w-]{30}/)
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)
