/** No page of a sign-in can be put in a frame of another site: neither those that ask something of the person, nor refusals. */
import { expect, test } from 'vitest'
import { app, type EdgeFixture, policy } from '../applications.ts'
import { approved, program } from '../cloudflared/program.ts'
import { browser } from '../login/browser.ts'
import { ada, last, signIn, stranger } from '../login/person.ts'
import {
  authorizationUrl,
  clientOf,
  consented,
  oauthWorld,
  plain,
  signedIn,
} from './application.ts'
import * as saas from './saas.ts'

/** The steps with an emulator whose pages are noted: the title of each, with its status, and whether it can be framed. */
async function pagesOf(edge: EdgeFixture, steps: (noted: EdgeFixture) => Promise<unknown>) {
  const pages: { title: string; framed: boolean }[] = []
  const noting: typeof fetch = async (...asked) => {
    const answer = await edge.emulator.fetch(...asked)
    const text = await answer.clone().text()
    if (text.startsWith('<') && !answer.headers.has('location')) {
      const policy = answer.headers.get('content-security-policy') ?? ''
      const title = /<h1>(.*?)<\/h1>/.exec(text)?.[1] ?? text
      pages.push({
        title: `${answer.status} ${title}`,
        framed: !policy.includes("frame-ancestors 'none'"),
      })
    }
    return answer
  }
  await steps({ ...edge, emulator: { ...edge.emulator, fetch: noting } })
  expect(pages.filter(({ framed }) => framed)).toEqual([])
  return pages.map(({ title }) => title)
}

test('of Managed OAuth', async () => {
  const edge = await oauthWorld()
  const pages = await pagesOf(edge, async (noted) => {
    const id = await clientOf(edge)
    await consented(noted, authorizationUrl(id))
    const person = browser(noted.emulator)
    await signedIn(person, await person.get(authorizationUrl(id)), stranger)
    await person.get(authorizationUrl(id, { redirect_uri: 'https://evil.example/' }))
  })
  expect(pages).toHaveLength(6)
})

test('of a SaaS application, also by the page that stands for another provider', async () => {
  const edge = await saas.saasWorld()
  const pages = await pagesOf(edge, async (noted) => {
    await consented(noted, saas.authorizationUrl())
    const person = browser(noted.emulator)
    await signedIn(person, await person.get(saas.authorizationUrl()), stranger)
    await person.get(saas.authorizationUrl({ redirect_uri: 'https://evil.example/' }))
    for (const email of [ada, stranger])
      await saas.consentedBy(noted, saas.authorizationUrl(), { email })
  })
  expect(pages).toHaveLength(11)
})

test('of cloudflared', async () => {
  const denies = app('denies.example.com', [policy('deny', [{ everyone: {} }])])
  const edge = await oauthWorld({ applications: [denies] })
  const pages = await pagesOf(edge, async (noted) => {
    const cli = program(edge)
    const person = browser(noted.emulator)
    await approved(person, last(await signIn(person, cli.approvalOf(`https://${plain}/`))))
    await person.post(cli.approvalOf(`https://${plain}/`), { nonce: 'x' })
    await person.get(cli.approvalOf('https://denies.example.com/'))
  })
  expect(pages).toEqual([
    ...Array(2).fill(`200 Sign in to ${plain}`),
    '200 Let a program sign in as you?',
    '200 You are signed in',
    '400 Invalid nonce. Please try logging in again.',
    '403 Forbidden',
  ])
})
