/** Two processes with the same flags answer scripted sign-ins with the same bytes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startCommand } from '../../support/command.ts'
import { openWire } from '../../support/wire.ts'
import { app, edgeSeed, policy } from '../applications.ts'
import { team } from '../login/person.ts'
import {
  clientOf,
  codeFor,
  endpoint,
  exchange,
  fetched,
  mcp,
  oauthApplications,
  postForm,
  type Reached,
  refresh,
  tokenIn,
} from './application.ts'
import * as saas from './saas.ts'

const linked = 'linked.example.com'
const seed = edgeSeed({
  applications: [
    ...oauthApplications,
    saas.saasApplication(),
    app(linked, [policy('non_identity', [{ linked_app_token: { name: 'SaaS' } }])]),
  ],
})

/** An emulator at a URL, and the bytes of each of its answers, in order. */
function recorded(url: string): Reached & { readonly answers: string[] } {
  const wire = openWire(url)
  onTestFinished(() => wire.close())
  const answers: string[] = []
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const { host, pathname, search } = new URL(String(input))
    // What `fetch` would add by itself, such as the type of a form.
    const request = new Request('http://localhost', init)
    const body = await request.text()
    const answer = await wire.send({
      ...{ method: request.method, host, path: pathname + search, headers: [...request.headers] },
      ...(body === '' ? {} : { body }),
    })
    answers.push(answer.head + answer.body.toString('latin1'))
    const headers = [...answer.head.matchAll(/^([\w-]+): (.*)\r$/gm)]
    return new Response(new Uint8Array(answer.body), {
      status: answer.status,
      headers: headers.map(([, name = '', value = '']): [string, string] => [name, value]),
    })
  }
  return { answers, emulator: { fetch } }
}

const bearer = (token: unknown) => ({ authorization: `Bearer ${token}` })

async function managedOauth(at: Reached) {
  await fetched(at, `https://${mcp}/`)
  await fetched(at, `https://${mcp}/.well-known/oauth-protected-resource`)
  await fetched(at, `${team}/.well-known/oauth-authorization-server`)
  const client_id = await clientOf(at)
  const answer = await exchange(at, client_id, await codeFor(at, client_id))
  const held = { id: client_id, refresh: tokenIn(answer, 'refresh') }
  const admitted = await fetched(at, `https://${mcp}/`, bearer(tokenIn(answer, 'access')))
  const refreshed = await refresh(at, held)
  const revoked = await postForm(at, endpoint('revoke'), { client_id, token: held.refresh })
  return [admitted, refreshed, revoked]
}

async function openIdConnect(at: Reached) {
  await fetched(at, `${saas.issuer}/.well-known/openid-configuration`)
  await fetched(at, `${saas.issuer}/jwks`)
  const { body } = await saas.exchange(at, await saas.codeFor(at))
  const refresh_token = String(body.refresh_token)
  return [
    await saas.userinfo(at, String(body.access_token)),
    await fetched(at, `https://${linked}/`, bearer(body.access_token)),
    await postForm(at, `${saas.issuer}/token`, {
      ...{ client_id: saas.clientId, client_secret: saas.clientSecret },
      ...{ grant_type: 'refresh_token', refresh_token },
    }),
  ]
}

test('the same flags give the same bytes, in two processes and after a reset', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'oauth-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'seed.json')
  await writeFile(file, JSON.stringify(seed))
  const flags = ['--seed', file, '--at', '2026-11-24T12:00:00Z', '--entropy', 'demo']
  const [one, two] = await Promise.all([startCommand(flags), startCommand(flags)])
  onTestFinished(async () => {
    await Promise.all([one.stop('SIGKILL'), two.stop('SIGKILL')])
  })
  const signIns = async (url: string) => {
    const at = recorded(url)
    const answered = [...(await managedOauth(at)), ...(await openIdConnect(at))]
    expect(answered.map(({ status }) => status)).toEqual(Array(6).fill(200))
    return at.answers
  }
  const first = await signIns(one.ready.url)
  expect(first.length).toBeGreaterThan(20)
  expect(await signIns(two.ready.url)).toEqual(first)
  await fetch(`${one.ready.url}/__access/reset`, { method: 'POST' })
  expect(await signIns(one.ready.url)).toEqual(first)
  expect(`${one.stderr()}${two.stderr()}`).not.toMatch(/oauth:[\w-]{30}/)
})
