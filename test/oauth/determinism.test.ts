/** Two processes with the same flags answer a scripted OAuth flow with the same bytes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Running, startCommand } from '../support/command.ts'
import { type Asked, openWire } from '../support/wire.ts'
import { callback, challenge, mcp, oauth, verifier } from './application.ts'

const team = 'team.cloudflareaccess.com'
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
      ],
    },
  ],
}

const open: Running[] = []
afterAll(async () => {
  await Promise.all(open.map((running) => running.stop('SIGKILL')))
})

/** Head and body of each answer, in order. */
async function run(url: string): Promise<string[]> {
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
  const form = (fields: Readonly<Record<string, string>>) => ({
    method: 'POST',
    headers: [['content-type', 'application/x-www-form-urlencoded']] as const,
    body: new URLSearchParams(fields).toString(),
  })
  const at = (location: string) => {
    const { pathname, search } = new URL(location, `https://${team}`)
    return { host: team, path: pathname + search }
  }
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
  const login = await send(authorization)
  const page = await send(at(login.location))
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
  const back = new URL((await send(authorization)).location)
  const exchanged = await send({
    host: team,
    path: path('token'),
    ...form({
      ...{ grant_type: 'authorization_code', client_id, redirect_uri: callback },
      ...{ code: back.searchParams.get('code') ?? '', code_verifier: verifier },
    }),
  })
  const tokens = JSON.parse(exchanged.text) as { access_token: string; refresh_token: string }
  await send({
    host: mcp,
    path: '/',
    headers: [['authorization', `Bearer ${tokens.access_token}`]],
  })
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
  wire.close()
  return answers
}

test('the same flags give the same bytes, in two processes and after a reset', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'oauth-'))
  try {
    const file = join(folder, 'seed.json')
    await writeFile(file, JSON.stringify(seed))
    const flags = ['--seed', file, '--at', '2026-11-24T12:00:00Z', '--entropy', 'demo']
    const [one, two] = await Promise.all([startCommand(flags), startCommand(flags)])
    open.push(one, two)
    const [first, second] = [await run(one.ready.url), await run(two.ready.url)]
    expect(first).toHaveLength(14)
    expect(second).toEqual(first)
    const wire = openWire(one.ready.url)
    await wire.send({ method: 'POST', host: 'localhost', path: '/__access/reset' })
    wire.close()
    expect(await run(one.ready.url)).toEqual(first)
    expect(`${one.stderr()}${two.stderr()}`).not.toMatch(/oauth:[\w-]{30}/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
