/** The fix, and the reason given, with an emulator that was asked for advice and without one. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { diagnose } from '../../../client/doctor/diagnose.ts'
import type { DiagnoseOptions } from '../../../client/doctor/diagnosis.ts'
import type { TargetName } from '../../../client/target/target.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { record } from './record.ts'
import { anyAddress, doctorFixture, good, pairHeaders, targetOf, wrong } from './situation.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'example', profile: 'observed' })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

/** A pair with a wrong secret, at an application for machines and people. */
async function refused(options: Partial<DiagnoseOptions> = {}) {
  const fixture = doctorFixture(emulator, 'observed')
  const { url, pair } = await good(fixture, { withPeople: true })
  const credentials = { ...pair, client_secret: wrong }
  const { id: account_id, api_token: apiToken } = emulator.account
  const api = { account_id, apiToken }
  return await diagnose({ url, credentials, api, target: targetOf(fixture), ...options })
}

test('the first piece of advice is the fix; what a machine cannot do comes later', async () => {
  const { causes, untried, probes } = await refused()
  expect({ untried, probes }).toEqual({ untried: undefined, probes: 4 })
  const [cause] = causes
  expect(cause?.fix).toBe('Send the right secret of the service token "patient".')
  expect(cause?.advice?.map(({ says }) => says)).toEqual([
    'send the right secret of the service token "patient"',
    'sign in with an address at example.com',
  ])
})

test('advice that opens the application is marked, and given only if nothing narrower helps', async () => {
  const fixture = doctorFixture(emulator, 'observed')
  const any = { include: anyAddress }
  await fixture.application([
    { decision: 'deny', ...any },
    { decision: 'allow', ...any },
  ])
  const url = `https://${fixture.host}/`
  const pair = { client_id: `${'ab'.repeat(16)}.access`, client_secret: wrong }
  const { causes } = await diagnose({ url, credentials: pair, target: targetOf(fixture) })
  expect(causes[0]?.fix).toMatch(
    /also lets in every client .*, without credentials\)\. This opens the application\.$/,
  )
})

test('if nothing helps, the fix says so', async () => {
  const fixture = doctorFixture(emulator, 'observed')
  await fixture.application([])
  const pair = { client_id: `${'ab'.repeat(16)}.access`, client_secret: wrong }
  const url = `https://${fixture.host}/`
  const { causes } = await diagnose({ url, credentials: pair, target: targetOf(fixture) })
  expect(causes[0]).toMatchObject({
    advice: [],
    fix: expect.stringMatching(/^None of the changes the emulator tried .* In general: /),
  })
})

test('an exchange that was handed in is sent again, as its ray may come from another emulator', async () => {
  const fixture = doctorFixture(emulator, 'observed')
  const { url, pair } = await good(fixture, { withPeople: true })
  const headers = pairHeaders({ ...pair, client_secret: wrong })
  const observed = await record(emulator, [{ url, headers }], 'curl')
  await emulator.control.clearJournal()
  const found = await diagnose({ url, observed, target: targetOf(fixture) })
  expect(found.causes[0]?.fix).toBe('Send the right secret of the service token "patient".')
  expect(observed).not.toContain(found.rays.at(-1))
})

const own =
  'Use the secret that was shown when the token was created or last rotated; if it is lost, rotate the token.'

/** Replaces the control API's response by `answer`; everything else stays. */
function controlled(answer: () => Promise<Response>) {
  const { target } = doctorFixture(emulator, 'observed')
  const fetching: typeof fetch = (input, init) =>
    new URL(String(input)).pathname.startsWith('/__access') ? answer() : target.fetch(input, init)
  return { ...targetOf({ target }), fetch: fetching }
}

test.each<[string, () => Promise<Response>, RegExp]>([
  ['there is no control API', async () => new Response('', { status: 404 }), /returned 404/],
  ['it does not answer', () => Promise.reject(new TypeError('cut')), /did not answer/],
  ['it requires the admin token', async () => new Response('{}', { status: 403 }), /--admin-token/],
  ['it is of another version', async () => Response.json({ verdict: 'deny' }), /returned 200/],
  [
    'its journal is too short',
    async () => Response.json({ error: { code: 'unknown', message: '' } }, { status: 404 }),
    /no longer holds the request/,
  ],
])('if %s, the fix is the catalogue’s, and the reason is given', async (_, answer, why) => {
  const { causes, untried } = await refused({ target: controlled(answer) })
  expect(causes).toMatchObject([{ id: 'token-wrong-secret', fix: own }])
  expect(causes[0]).not.toHaveProperty('advice')
  expect(untried).toMatch(why)
})

test('the admin token is sent to the control API only', async () => {
  const sent: [string, string | null][] = []
  const { target } = doctorFixture(emulator, 'observed')
  const fetching: typeof fetch = (input, init) => {
    const { pathname } = new URL(String(input))
    sent.push([pathname, new Headers(init?.headers).get('authorization')])
    return target.fetch(input, init)
  }
  await refused({ target: { ...targetOf({ target }), fetch: fetching }, adminToken: 'the-admin' })
  const carrying = sent.filter(([, authorization]) => authorization?.includes('the-admin'))
  expect(carrying).toEqual([['/__access/explain', 'Bearer the-admin']])
})

test.each<[string, TargetName, Partial<DiagnoseOptions>]>([
  ['live', 'live', {}],
  ['if no advice is wanted', 'emulator', { advice: false }],
])('%s the control API is not asked', async (_, name, options) => {
  const paths: string[] = []
  const { target } = doctorFixture(emulator, 'observed')
  const fetching: typeof fetch = (input, init) => {
    paths.push(new URL(String(input)).pathname)
    return target.fetch(input, init)
  }
  const { causes, untried } = await refused({
    ...options,
    target: { ...target, name, fetch: fetching },
  })
  expect(causes).toMatchObject([{ fix: own }])
  expect({ untried, asked: paths.filter((path) => path.startsWith('/__access')) }).toEqual({
    untried: undefined,
    asked: [],
  })
})
