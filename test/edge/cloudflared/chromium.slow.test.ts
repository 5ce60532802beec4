/** The sign-in pages for programs in a real browser: at phone width, light and dark, with long names. */
import { expect, test } from 'vitest'
import { has } from '../../commands/run/run-program.ts'
import {
  app,
  type EdgeFixture,
  edgeFixture,
  everyone,
  hosts,
  people,
  policy,
} from '../applications.ts'
import { seen } from '../flows/look.ts'
import { openChromium, type Tab, trustingHome } from '../login/chromium.ts'
import { ada, stranger } from '../login/person.ts'
import { authorizationUrl, clientOf, mcp, oauth } from '../oauth/application.ts'
import { program } from './program.ts'

const long = `a-host-whose-name-is-${'very-'.repeat(7)}long.example.com`
const longName = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'

interface Opened {
  readonly edge: EdgeFixture
  readonly tab: Tab
}

async function opened(): Promise<Opened> {
  const home = await trustingHome()
  const edge = await edgeFixture({
    stateHome: home,
    applications: [
      app(long, [people], { name: longName }),
      app(mcp, [people], { name: longName, oauth_configuration: oauth }),
    ],
  })
  const tab = await openChromium({ home, proxy: edge.emulator.url })
  return { edge, tab }
}

async function signedIn(tab: Tab, email: string): Promise<void> {
  await tab.enter('#email', email)
  const pin = await tab.value("document.querySelector('output')?.textContent ?? '000000'")
  await tab.enter('#code', String(pin))
}

const logout = 'https://team.cloudflareaccess.com/cdn-cgi/access/logout'

/** The approval names the user, the place and the application, and the next page confirms it. */
async function approves({ edge, tab }: Opened): Promise<void> {
  const cli = program(edge)
  const waits = cli.poll()
  await tab.open(cli.approvalOf(`https://${long}/`))
  expect(await seen(tab, 'cli-login')).toContain(longName)
  await signedIn(tab, ada)
  const approval = await seen(tab, 'cli-approval')
  for (const said of [longName, long, ada]) expect(approval).toContain(said)
  await tab.follow('button')
  expect(await tab.value('document.title')).toBe('Success ・ Cloudflare Access')
  const success = await seen(tab, 'cli-success')
  for (const said of [longName, long]) expect(success).toContain(said)
  expect(cli.tokensIn(await waits).app_token).toMatch(/^ey/)
}

/** A refused user sees the reason and the way back. */
async function refuses({ edge, tab }: Opened): Promise<void> {
  const approval = program(edge).approvalOf(`https://${long}/`)
  await tab.open(approval)
  await signedIn(tab, stranger)
  const refused = await seen(tab, 'cli-refused')
  expect(refused).toContain('That account does not have access.')
  expect(refused).toContain('No policy admits the address')
  await tab.follow('main a')
  await seen(tab, 'cli-login-again')
  expect(await tab.value('document.title')).toBe('Sign in ・ Cloudflare Access')

  // A user who signed in before the policies changed.
  await signedIn(tab, ada)
  await edge.change(long, {
    name: longName,
    policies: [{ ...policy('deny', everyone), name: 'Keep out' }],
  })
  await tab.open(approval)
  const denied = await seen(tab, 'cli-denied')
  const back = `Back to ${long}`
  for (const said of ['Forbidden', 'The deny policy "Keep out" applies', longName, back]) {
    expect(denied).toContain(said)
  }
  await tab.follow('main a')
  expect(await tab.value('location.href')).toBe(`https://${long}/`)
}

/** A login for OAuth, and what is refused by a page. */
async function asksForOauth({ edge, tab }: Opened): Promise<void> {
  const client = await clientOf(edge)
  await tab.open(authorizationUrl(client))
  const login = await seen(tab, 'oauth-login')
  for (const said of [longName, mcp]) expect(login).toContain(said)
  await tab.open(authorizationUrl(client, { redirect_uri: 'http://elsewhere.example/cb' }))
  expect(await seen(tab, 'oauth-refused')).toContain('Invalid authorization request')
  await tab.open(program(edge).approvalOf(`https://${hosts.P}/`, { token: 'x' }))
  expect(await seen(tab, 'cli-key')).toContain('This link is not complete')
}

test('on a phone, light and dark: approval, refusal, and the login for OAuth', async () => {
  if (!has('chromium', 'certutil')) return
  const one = await opened()
  await approves(one)
  await one.tab.open(logout)
  await refuses(one)
  await one.tab.open(logout)
  await asksForOauth(one)
})
