/** The sign-in pages for programs in a real browser: at phone width, light and dark, with long names. */
import { describe, expect, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import { has } from '../../commands/run/run-program.ts'
import { app, edgeFixture, hosts, people } from '../applications.ts'
import { keep, openChromium, type Tab, trustingHome } from '../login/chromium.ts'
import { ada, stranger } from '../login/person.ts'
import { authorizationUrl, clientOf, mcp, oauth } from '../oauth/application.ts'
import { program } from './program.ts'

const narrow = 390
const long = `a-host-whose-name-is-${'very-'.repeat(7)}long.example.com`
const longName = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'

async function opened() {
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

/** The visible text of a page, and the contrast of each text with its background (WCAG 2.2, 1.4.3). */
const look = `(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number)
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at)
      if (numbers(backgroundColor)[3] !== 0) return backgroundColor
    }
    return 'rgb(255, 255, 255)'
  }
  const contrast = (element) => {
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))]
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
  }
  const texts = [...document.querySelectorAll('h1,p,strong,button,a,aside,footer,label,output')]
  const { scrollWidth, clientWidth } = document.documentElement
  return {
    text: document.body.innerText,
    title: document.title,
    overflow: scrollWidth - clientWidth,
    cut: texts.filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0).map((each) => each.tagName),
    pale: texts.filter((each) => contrast(each) < 4.5).map((each) => each.outerHTML),
    isDark: light(behind(document.body)) < 0.2,
    width: innerWidth,
  }
})()`

interface Look {
  readonly text: string
  readonly title: string
}

/** Fits, and reads well, light and dark. */
async function seen(tab: Tab, name: string): Promise<Look> {
  let found: Look = { text: '', title: '' }
  for (const colours of ['dark', 'light'] as const) {
    await tab.looksAs(narrow, colours)
    found = (await tab.value(look)) as Look
    await keep(tab, `${name}-${colours}`)
    expect(found, `${name}, ${colours}`).toMatchObject({
      ...{ overflow: 0, cut: [], pale: [], width: narrow },
      isDark: colours === 'dark',
    })
  }
  return found
}

async function signedIn(tab: Tab, email: string): Promise<void> {
  await tab.enter('#email', email)
  const pin = await tab.value("document.querySelector('output')?.textContent ?? '000000'")
  await tab.enter('#code', String(pin))
}

describe('on a phone, light and dark,', () => {
  test('the approval names the user, the place and the application, and the next page confirms it', async () => {
    if (!has('chromium', 'certutil')) return
    const { edge, tab } = await opened()
    const cli = program(edge)
    const waits = cli.poll()
    await tab.open(cli.approvalOf(`https://${long}/`))
    expect((await seen(tab, 'cli-login')).text).toContain(longName)
    await signedIn(tab, ada)
    const approval = await seen(tab, 'cli-approval')
    for (const said of [longName, long, ada]) expect(approval.text).toContain(said)
    await tab.follow('button')
    const success = await seen(tab, 'cli-success')
    expect(success).toMatchObject({ title: 'Success ・ Cloudflare Access' })
    for (const said of [longName, long]) expect(success.text).toContain(said)
    expect(cli.tokensIn(await waits).app_token).toMatch(/^ey/)
  })

  test('shows a refused user the reason and the way back', async () => {
    if (!has('chromium', 'certutil')) return
    const { edge, tab } = await opened()
    const approval = program(edge).approvalOf(`https://${long}/`)
    await tab.open(approval)
    await signedIn(tab, stranger)
    const refused = await seen(tab, 'cli-refused')
    expect(refused.text).toContain('That account does not have access.')
    expect(refused.text).toContain('No policy admits the address')
    await tab.follow('main a')
    expect((await seen(tab, 'cli-login-again')).title).toBe('Sign in ・ Cloudflare Access')

    // A user who signed in before the policies changed.
    await signedIn(tab, ada)
    const params = { app_id: edge.id(long) }
    const { policies = [] } = await edge.api(api.applications.get, { params })
    await edge.api(api.applicationPolicies.replace, {
      params: { ...params, policy_id: policies[0]?.id ?? '' },
      body: { name: 'Keep out', decision: 'deny', include: [{ everyone: {} }] },
    })
    await tab.open(approval)
    const denied = await seen(tab, 'cli-denied')
    for (const said of [
      'Forbidden',
      'The deny policy "Keep out" applies',
      longName,
      `Back to ${long}`,
    ]) {
      expect(denied.text).toContain(said)
    }
    await tab.follow('main a')
    expect(await tab.value('location.href')).toBe(`https://${long}/`)
  })

  test('a login for OAuth, and what is refused by a page, fit as well', async () => {
    if (!has('chromium', 'certutil')) return
    const { edge, tab } = await opened()
    const client = await clientOf(edge)
    await tab.open(authorizationUrl(client))
    const login = await seen(tab, 'oauth-login')
    for (const said of [longName, mcp]) expect(login.text).toContain(said)
    await tab.open(authorizationUrl(client, { redirect_uri: 'http://elsewhere.example/cb' }))
    expect((await seen(tab, 'oauth-refused')).text).toContain('Invalid authorization request')
    await tab.open(program(edge).approvalOf(`https://${hosts.P}/`, { token: 'x' }))
    expect((await seen(tab, 'cli-key')).text).toContain('This link is not complete')
  })
})
