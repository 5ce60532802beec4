/** A person's token refused for its missing CF_Binding, and tokens refused for another reason. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { diagnose } from '../../../client/doctor/diagnose.ts'
import { modes } from '../../../contracts/modes/catalogue.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { record } from './record.ts'
import { doctorFixture, people } from './situation.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({
    seed: 'example',
    profile: 'observed',
    at: '2026-01-02T03:04:05Z',
  })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

/** Signs a person in to an application, with the setting or without. */
async function signedIn({ enable_binding_cookie = true } = {}) {
  const fixture = doctorFixture(emulator, 'observed')
  const { id } = await fixture.application([people], { enable_binding_cookie })
  const { application_token, cookie } = await emulator.control.createSession({
    body: { email: 'ada@example.com', application: id },
  })
  const url = `https://${fixture.host}/`
  return {
    url,
    cookie: cookie ?? '',
    alone: `CF_Authorization=${application_token}`,
    async revoke() {
      await fixture.pass(60)
      await fixture.api.applications.revokeTokens({ app_id: id })
    },
    async causesOf(text: string, { withApi = true } = {}) {
      const { account } = emulator
      const api = { account_id: account.id, apiToken: account.api_token }
      const { causes } = await diagnose({
        url,
        target: fixture.target,
        observed: text,
        ...(withApi ? { api } : {}),
      })
      return causes
    },
  }
}

const kept = (url: string, cookie: string) =>
  record(emulator, [{ url, headers: { cookie } }], 'curl')

test('the application’s setting shows it', async () => {
  const { url, alone, causesOf } = await signedIn()
  const causes = await causesOf(await kept(url, alone))
  expect(causes.map(({ id, alike }) => ({ id, alike }))).toEqual([
    { id: 'jwt-without-binding-cookie', alike: [] },
  ])
  expect(causes[0]?.proof.slice(0, 2)).toEqual([
    'enable_binding_cookie of the application is true.',
    'The request carries a person’s CF_Authorization cookie without CF_Binding.',
  ])
  expect(causes[0]?.fix).toContain(modes['jwt-without-binding-cookie'].fix)
})

test('without an API token it is named before a revocation, which looks the same', async () => {
  const { url, alone, causesOf } = await signedIn()
  const causes = await causesOf(await kept(url, alone), { withApi: false })
  expect(causes.map(({ id }) => id)).toEqual(['jwt-without-binding-cookie', 'jwt-revoked'])
  expect(causes[0]?.alike).toEqual(['jwt-revoked'])
})

test('the response that set the cookie shows it as well', async () => {
  const { url, alone, causesOf } = await signedIn()
  const failing = await kept(url, alone)
  const login = [
    `> GET /cdn-cgi/access/authorized HTTP/1.1`,
    `> Host: ${new URL(url).host}`,
    '>',
    '< HTTP/1.1 302',
    '< Set-Cookie: CF_Binding=0123; Path=/; Secure; HttpOnly',
    '<',
  ].join('\n')
  const causes = await causesOf(`${login}\n${failing}`, { withApi: false })
  expect(causes.map(({ id }) => id)).toEqual(['jwt-without-binding-cookie'])
  expect(causes[0]?.proof[0]).toContain('It set CF_Binding.')
})

test.each([
  ['if the setting is off', { enable_binding_cookie: false }, 'alone'],
  ['if the binding cookie was sent', { enable_binding_cookie: true }, 'cookie'],
] as const)('a revoked token is reported as revoked %s', async (_, fields, sent) => {
  const person = await signedIn(fields)
  await person.revoke()
  const causes = await person.causesOf(await kept(person.url, person[sent]))
  expect(causes.map(({ id }) => id)).toEqual(['jwt-revoked'])
})

test('the report never contains the value of the cookie', async () => {
  const person = await signedIn()
  await person.revoke()
  const binding = person.cookie.split('CF_Binding=')[1] ?? ''
  expect(binding).not.toBe('')
  const causes = await person.causesOf(await kept(person.url, person.cookie))
  expect(JSON.stringify(causes)).not.toContain(binding)
})

test('both cookies together open the application, and no cause is reported', async () => {
  const { url, cookie, causesOf } = await signedIn()
  expect(await causesOf(await kept(url, cookie))).toEqual([])
})
