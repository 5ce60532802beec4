/** Who tries to use what belongs to another SaaS application, and where its secrets must not be found. */
import { describe, expect, test } from 'vitest'
import { browser } from '../login/browser.ts'
import { team } from '../login/person.ts'
import { asBearer, fetched, authorizationUrl as managedUrl, postForm } from './application.ts'
import {
  clientId,
  clientSecret,
  codeFor,
  exchange,
  issuer,
  saasApplication,
  saasWorld,
  userinfo,
} from './saas.ts'

const other = { client_id: 'd'.repeat(64), client_secret: 'the secret of the second application' }
const otherIssuer = issuer.replace(clientId, other.client_id)
const twoApplications = () =>
  saasWorld({}, { applications: [saasApplication(other, { name: 'Second' })] })

describe('A client gets nothing by what belongs to another', () => {
  test('by its code, with its own secret at either endpoint; the code stays good', async () => {
    const edge = await twoApplications()
    const code = await codeFor(edge)
    const mixed = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'https://saas.example/callback',
      code_verifier: 'a-verifier-that-is-long-enough-for-rfc-7636-0000',
    }
    const atOwn = await postForm(edge, `${otherIssuer}/token`, { ...mixed, ...other })
    expect([atOwn.status, atOwn.body.error]).toEqual([400, 'invalid_grant'])
    const atTheirs = await exchange(edge, code, other)
    expect([atTheirs.status, atTheirs.body.error]).toEqual([401, 'invalid_client'])
    const withTheirId = await exchange(edge, code, { client_secret: other.client_secret })
    expect([withTheirId.status, withTheirId.body.error]).toEqual([401, 'invalid_client'])
    expect((await exchange(edge, code)).status).toBe(200)
  })

  test('by its refresh token, which stays good', async () => {
    const edge = await twoApplications()
    const { body } = await exchange(edge, await codeFor(edge))
    const form = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) }
    const mixed = await postForm(edge, `${otherIssuer}/token`, { ...form, ...other })
    expect([mixed.status, mixed.body.error]).toEqual([400, 'invalid_grant'])
    const own = { client_id: clientId, client_secret: clientSecret }
    expect((await postForm(edge, `${issuer}/token`, { ...form, ...own })).status).toBe(200)
  })

  test('nor is it a client of Managed OAuth', async () => {
    const edge = await twoApplications()
    const page = await browser(edge.emulator).get(
      managedUrl(clientId, { redirect_uri: 'https://saas.example/callback' }),
    )
    expect([page.status, page.location]).toEqual([400, undefined])
  })
})

test('tokens, codes and the secret are in no journal and no log', async () => {
  const lines: string[] = []
  const note = (fields: object, message: string) => lines.push(JSON.stringify([fields, message]))
  const edge = await saasWorld({}, { log: { info: note, warn: note, error: note } })
  const code = await codeFor(edge)
  const { body } = await exchange(edge, code)
  const [access, refresh, id] = ['access_token', 'refresh_token', 'id_token'].map((name) =>
    String(body[name]),
  )
  await userinfo(edge, access ?? '')
  await asBearer(edge, access ?? '', 'p.example.com')
  await exchange(edge, code)
  await fetched(edge, `${team}/cdn-cgi/access/sso/oidc/x?code=${code}&access_token=${access}`)
  const everything = JSON.stringify([(await edge.emulator.control.readJournal()).result, lines])
  expect(everything).toContain('edge.oidc_token')
  for (const secret of [code, access, refresh, id, clientSecret]) {
    expect(secret?.length).toBeGreaterThan(30)
    expect(everything).not.toContain(secret)
    expect(everything).not.toContain(encodeURIComponent(secret ?? ''))
  }
})
