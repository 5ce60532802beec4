/** Logins and transfers on several emulators with one state: each step may come to another one. */
import { expect, onTestFinished, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import {
  app,
  type EdgeFixture,
  type EdgeOptions,
  edgeFixture,
  hosts,
  policy,
} from '../../edge/applications.ts'
import { approved, program } from '../../edge/cloudflared/program.ts'
import { browser, pinOn } from '../../edge/login/browser.ts'
import {
  ada,
  addProvider,
  askedForPin,
  last,
  signIn,
  standIn,
  whoIsAt,
} from '../../edge/login/person.ts'
import { databasePerTest } from './databases.ts'

const database = databasePerTest()

const wiki = `https://${hosts.P}/page?a=b`

/** Two emulators, and browsers whose requests go to one and the other by turns. */
async function replicas(options: EdgeOptions = {}) {
  const start = async () => {
    const edge = await edgeFixture({ ...options, state: database.url, keep: true })
    onTestFinished(() => edge.emulator.close())
    return edge
  }
  const both: readonly [EdgeFixture, EdgeFixture] = [await start(), await start()]
  let turn = 0
  const next = () => {
    turn += 1
    return both[turn % 2 === 0 ? 0 : 1]
  }
  const visitor = () => browser({ fetch: (...sent) => next().emulator.fetch(...sent) })
  return { both, visitor, person: visitor() }
}

const statuses = (answers: readonly { readonly status: number }[]) =>
  answers.map(({ status }) => status).sort()

test('a login whose every step comes to the other emulator', async () => {
  const { both, person } = await replicas()
  expect(whoIsAt(last(await signIn(person, wiki)))).toBe(ada)
  await addProvider(both[0], 'google', 'Google')
  person.forget(hosts.P, 'CF_Authorization')
  person.forget('team.cloudflareaccess.com', 'CF_Authorization')
  const form = await standIn(person, wiki, 'Google')
  const way = await person.follow(await person.submit(form, { email: 'bob@example.com' }))
  expect(whoIsAt(last(way))).toBe('bob@example.com')
  const pins = await Promise.all(both.map(({ emulator }) => emulator.control.listPins()))
  expect(pins[0]).toEqual(pins[1])
  expect(pins[0]?.result).toMatchObject([{ email: ada, used: true }])
})

test('a PIN signs in once, and wrong ones are counted, wherever they are entered', async () => {
  const { person, visitor } = await replicas({ behaviours: { 'login.pin_tries': 3 } })
  const page = await askedForPin(person, wiki)
  const code = pinOn(page)
  const answers = await Promise.all([1, 2, 3, 4].map(() => person.submit(page, { code })))
  expect(statuses(answers)).toEqual([302, 400, 400, 400])
  const bob = visitor()
  const asked = await askedForPin(bob, wiki, 'bob@example.com')
  await Promise.all(['a', 'b', 'c'].map((wrong) => bob.submit(asked, { code: wrong })))
  const late = await bob.submit(asked, { code: pinOn(asked) })
  expect([late.status, late.text]).toEqual([400, expect.stringContaining('Invalid login session')])
})

test('what one emulator has issued is good at the other at once', async () => {
  const anyToken = policy('non_identity', [{ any_valid_service_token: {} }])
  const { both } = await replicas({ applications: [app('any.example.com', [anyToken])] })
  for (let n = 0; n < 20; n += 1) {
    const [issuer, other] = n % 2 === 0 ? both : [both[1], both[0]]
    const made = await issuer.api(api.serviceTokens.create, { body: { name: `token ${n}` } })
    const { client_id, client_secret } = made
    const answer = await other.send('any.example.com', { pair: { client_id, client_secret } })
    expect([n, answer.status]).toEqual([n, 200])
  }
})

test('a token is picked up once', async () => {
  const { both, person } = await replicas()
  await addProvider(both[0], 'google', 'Google')
  const { location } = await person.submit(await standIn(person, wiki, 'Google'), { email: ada })
  const answers = await Promise.all([1, 2, 3, 4].map(() => person.get(location ?? '')))
  expect(statuses(answers)).toEqual([302, 400, 400, 400])
})

test('a program that waits at one emulator is given what was approved at the other', async () => {
  const { both, person } = await replicas()
  const [one, other] = both.map((edge) => program(edge, 7))
  if (one === undefined || other === undefined) throw new Error('unreachable')
  const waits = [one.poll(), other.poll()]
  const approval = last(await signIn(person, one.approvalOf(wiki)))
  await approved(person, approval)
  for (const answer of await Promise.all(waits)) {
    expect(one.tokensIn(answer).app_token).toMatch(/^ey/)
  }
})

test('tokens that wait are taken once', async () => {
  const { both, person } = await replicas({ behaviours: { 'transfer.hold_seconds': 0 } })
  const clis = both.map((edge) => program(edge, 7))
  const approval = last(await signIn(person, clis[0]?.approvalOf(wiki) ?? ''))
  await approved(person, approval)
  const answers = await Promise.all([0, 1, 0, 1].map((index) => clis[index]?.poll()))
  expect(answers.map((answer) => answer?.status).sort()).toEqual([200, 404, 404, 404])
})
