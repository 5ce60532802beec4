/** Logins that outlive the process that they began in, and steps that are taken twice at once. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { scratch } from '../../state/scratch.ts'
import { type EdgeOptions, edgeFixture, hosts } from '../applications.ts'
import { approved, program } from '../cloudflared/program.ts'
import { browser, type Page, pinOn } from './browser.ts'
import { ada, addProvider, askedForPin, last, opened, signIn, standIn, whoIsAt } from './person.ts'

const wiki = `https://${hosts.P}/page?a=b`

/** An emulator on a folder, as often as it is started. A browser speaks to the one that runs. */
async function lasting(options: EdgeOptions = {}) {
  const { state } = scratch()
  const start = () => edgeFixture({ ...options, state, keep: true })
  let edge = await start()
  onTestFinished(() => edge.emulator.close())
  const person = browser({ fetch: (...sent) => edge.emulator.fetch(...sent) })
  return {
    person,
    edge: () => edge,
    async restart() {
      await edge.emulator.close()
      edge = await start()
    },
  }
}

describe('A login goes on after a restart', () => {
  test('between the request for a PIN and its entry', async () => {
    const running = await lasting()
    const { person, restart } = running
    const page = await askedForPin(person, wiki)
    await restart()
    const wrong = await person.submit(page, { code: 'wrong' })
    expect(wrong.status).toBe(403)
    await restart()
    expect(last(await person.follow(await person.submit(page, { code: pinOn(page) })))).toSatisfy(
      (arrived: Page) => whoIsAt(arrived) === ada && arrived.url.href === wiki,
    )
    await restart()
    const again = await person.submit(page, { code: pinOn(page) })
    expect(again.text).toContain('already been used')
  })

  test('with the tries that were used up before it', async () => {
    const running = await lasting({ behaviours: { 'login.pin_tries': 3 } })
    const { person, restart } = running
    const page = await askedForPin(person, wiki)
    for (const code of ['one', 'two']) await person.submit(page, { code })
    await restart()
    await person.submit(page, { code: 'three' })
    await restart()
    const late = await person.submit(page, { code: pinOn(page) })
    expect([late.status, late.location]).toEqual([400, undefined])
  })

  test('between the login page and the form of a provider, and before the token is picked up', async () => {
    const running = await lasting()
    const { person, restart, edge } = running
    await addProvider(edge(), 'google', 'Google')
    const form = await standIn(person, wiki, 'Google')
    await restart()
    const redirected = await person.submit(form, { email: ada })
    expect(redirected.location?.pathname).toBe('/cdn-cgi/access/authorized')
    await restart()
    expect(whoIsAt(last(await person.follow(redirected)))).toBe(ada)
    const twice = await person.get(redirected.location ?? '')
    expect(twice.status).toBe(400)
  })

  test('between the login page and the request for a PIN, which does not repeat where it came from', async () => {
    const running = await lasting()
    const { person, restart } = running
    const page = await opened(person, wiki)
    await restart()
    const asked = last(await person.follow(await person.submit(page, { email: ada })))
    const arrived = last(await person.follow(await person.submit(asked, { code: pinOn(asked) })))
    expect(whoIsAt(arrived)).toBe(ada)
  })

  test('after an approval, until the program takes its tokens: once', async () => {
    const running = await lasting({ behaviours: { 'transfer.hold_seconds': 0 } })
    const { person, restart, edge } = running
    const cli = () => program(edge(), 7)
    const approval = last(await signIn(person, cli().approvalOf(wiki)))
    await restart()
    expect((await cli().poll()).status).toBe(404)
    await approved(person, approval)
    await restart()
    expect(cli().tokensIn(await cli().poll()).app_token).toMatch(/^ey/)
    await restart()
    expect((await cli().poll()).status).toBe(404)
  })
})

describe('Of two requests at once', () => {
  const statuses = (pages: readonly Page[]) => pages.map(({ status }) => status).sort()

  test('one signs in by a PIN, and the other hears that it was used', async () => {
    const { person } = await lasting()
    const page = await askedForPin(person, wiki)
    const code = pinOn(page)
    const answers = await Promise.all([1, 2, 3].map(() => person.submit(page, { code })))
    expect(statuses(answers)).toEqual([302, 400, 400])
    expect(answers.filter(({ text }) => text.includes('already been used'))).toHaveLength(2)
  })

  test('one signs in by the form of a provider', async () => {
    const { person, edge } = await lasting()
    await addProvider(edge(), 'google', 'Google')
    const form = await standIn(person, wiki, 'Google')
    const answers = await Promise.all([1, 2, 3].map(() => person.submit(form, { email: ada })))
    expect(statuses(answers)).toEqual([302, 400, 400])
  })

  test('one picks up the token', async () => {
    const { person, edge } = await lasting()
    await addProvider(edge(), 'google', 'Google')
    const { location } = await person.submit(await standIn(person, wiki, 'Google'), { email: ada })
    const answers = await Promise.all([1, 2, 3].map(() => person.get(location ?? '')))
    expect(statuses(answers)).toEqual([302, 400, 400])
  })

  test('each counts as a wrong PIN', async () => {
    const { person } = await lasting({ behaviours: { 'login.pin_tries': 3 } })
    const page = await askedForPin(person, wiki)
    await Promise.all(['a', 'b', 'c'].map((code) => person.submit(page, { code })))
    const right = await person.submit(page, { code: pinOn(page) })
    expect(right.status).toBe(400)
    expect(right.text).toContain('Invalid login session')
  })

  test('one takes the tokens of an approval', async () => {
    const { person, edge } = await lasting({ behaviours: { 'transfer.hold_seconds': 0 } })
    const cli = program(edge())
    await approved(person, last(await signIn(person, cli.approvalOf(wiki))))
    const answers = await Promise.all([1, 2, 3].map(() => cli.poll()))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404])
  })
})
