/** Users, applications and hosts with arbitrary names can sign in, and their names are shown correctly. */
import { expect } from 'vitest'
import { invented } from '../../support/invented.ts'
import { app, edgeFixture, everyone, policy } from '../applications.ts'
import { browser, unescaped } from './browser.ts'
import { addProvider, edgeAndBrowser, last, opened, signIn, standIn, whoIsAt } from './person.ts'

const anyone = [policy('allow', everyone)]

const identityAt = (domain: string) => `https://${domain}/cdn-cgi/access/get-identity`

invented('by One-time PIN', 12, async ({ host, name, email }) => {
  const [domain, called, address] = [host('example.com'), name(), email()]
  const url = `https://${domain}/`
  const { person } = await edgeAndBrowser({ applications: [app(domain, anyone, { name: called })] })
  const { text } = await opened(person, url)
  expect(unescaped(/<h1>Sign in to ([^<]*)<\/h1>/.exec(text)?.[1] ?? text)).toBe(called)
  expect(whoIsAt(last(await signIn(person, url, address)))).toBe(address)
  expect(JSON.parse((await person.get(identityAt(domain))).text)).toMatchObject({ email: address })
})

invented('by a stand-in for a provider, with a name and groups', 12, async (invent) => {
  const [domain, address, called] = [invent.host('example.com'), invent.email(), invent.name()]
  // Commas stand between groups, and what is typed is trimmed.
  const groups = [invent.name(), invent.name()].map((group) => group.replaceAll(',', '').trim())
  const members = [policy('allow', [{ okta: { name: groups[1] } }])]
  const edge = await edgeFixture({ applications: [app(domain, members)] })
  await addProvider(edge, 'okta', 'Okta')
  const person = browser(edge.emulator)
  const page = await standIn(person, `https://${domain}/`, 'Okta')
  const typed = { email: address, name: called, groups: groups.join(',') }
  expect(whoIsAt(last(await person.follow(await person.submit(page, typed))))).toBe(address)
  const identity = JSON.parse((await person.get(identityAt(domain))).text)
  expect(identity).toMatchObject({ email: address, name: called.trim(), groups })
})
