/** Requests whose headers grew too large, as people save them: the error page, the number of cookies, their size. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { diagnose } from '../../../client/doctor/diagnose.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { record } from './record.ts'
import { doctorFixture, type Fixture, good } from './situation.ts'

let emulator: Emulator
let fixture: Fixture
let url: string
let one: string
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'example', profile: 'observed' })
  fixture = doctorFixture(emulator, 'observed')
  const made = await good(fixture, { withPeople: true })
  url = made.url
  one = `CF_Authorization=${await fixture.tokenFor(url, made.pair)}`
})
afterAll(() => emulator.close())

const cloudflare = (status: number, says: string) => ({
  status,
  body: `<html>\n<body>\n<center><h1>${status}</h1></center>\n<center>${says}</center>\n<hr><center>cloudflare</center>\n</body>\n</html>`,
})
const page = cloudflare(400, 'Request Header Or Cookie Too Large')
const times = (count: number, cookie = one): string => Array(count).fill(cookie).join('; ')

async function causes(cookie: string, answered?: { status: number; body: string }) {
  const headers = cookie === '' ? {} : { cookie }
  const request = { url, headers, ...(answered === undefined ? {} : { answered }) }
  const observed = await record(emulator, [request], 'curl')
  return (await diagnose({ url, target: fixture.target, observed })).causes
}

test('the proof states the size, the number of cookies and the response', async () => {
  const count = Math.ceil((128 * 1024) / one.length)
  const [cause] = await causes(times(count))
  expect(cause).toMatchObject({ id: 'cookie-overflow', confidence: 0.95 })
  expect(cause?.proof[0]).toMatch(
    new RegExp(
      `^The request has 1\\d\\d KB of cookies, with CF_Authorization ${count} times\\. GET `,
    ),
  )
  expect(JSON.stringify(cause)).not.toContain(one)
})

type Kept = readonly [
  by: string,
  cookie: () => string,
  answered: { readonly status: number; readonly body: string },
  confidence: number,
]

test.each<Kept>([
  ['values that were redacted', () => times(40, 'CF_Authorization=redacted'), page, 0.95],
  ['a single long cookie', () => `big=${'x'.repeat(20_000)}`, page, 0.7],
  ['no saved cookie', () => '', page, 0.7],
  ['a status alone', () => times(60), { status: 400, body: '' }, 0.7],
  [
    'the words of the changelog',
    () => times(60),
    cloudflare(413, '413 Request Header Fields Too Large'),
    0.95,
  ],
])('it is recognised with %s', async (_, cookie, answered, confidence) => {
  const found = await causes(cookie(), answered)
  expect(found.map((cause) => [cause.id, cause.confidence])).toEqual([
    ['cookie-overflow', confidence],
  ])
})

test.each([
  [
    'from another server, about another header',
    () => '',
    { ...page, body: page.body.replace('>cloudflare<', '>nginx/1.27.0<') },
  ],
  ['for another reason', () => times(2), { status: 400, body: 'no such report' }],
])('a 400 %s is something else', async (_, cookie, answered) => {
  const found = await causes(cookie(), answered)
  expect(found.map(({ id }) => id)).not.toContain('cookie-overflow')
})
