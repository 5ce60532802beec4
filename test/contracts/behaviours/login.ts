/** Demonstrates the behaviours of `contracts/behaviours/login.ts`, each by a page or a redirect. */
import { decodeJwt } from 'jose'
import type { loginBehaviours } from '../../../contracts/behaviours/login.ts'
import { app, hosts, loginOf, policy } from '../../edge/applications.ts'
import { browser, pinOn } from '../../edge/login/browser.ts'
import { askedForPin, opened, signIn, stranger, team } from '../../edge/login/person.ts'
import type { Demonstrations } from './demonstration.ts'

const wiki = `https://${hosts.P}/`
const docs = 'docs.example.com'

export const loginDemonstrations: Demonstrations<keyof typeof loginBehaviours> = {
  'login.query_order': {
    observe: async ({ send }) => loginOf(await send(hosts.P)).order,
    answers: {
      'kid,meta,redirect_url': 'kid,meta,redirect_url',
      'kid,redirect_url,meta': 'kid,redirect_url,meta',
    },
  },
  'login.fragment': {
    // The script of the page carries it on. That a browser then does is shown in test/edge/login/witness.slow.test.ts.
    async observe({ emulator }) {
      const { headers } = await opened(browser(emulator), wiki)
      return headers.get('content-security-policy')?.includes('script-src') ?? false
    },
    answers: { kept: true, dropped: false },
  },
  'login.bind_app_session': {
    async observe({ emulator }) {
      const attacker = browser(emulator)
      const asked = await askedForPin(attacker, wiki)
      const { location } = await attacker.submit(asked, { code: pinOn(asked) })
      const victim = browser(emulator)
      const { location: login } = await victim.get(wiki)
      const meta = decodeJwt(login?.searchParams.get('meta') ?? '')
      return ['app_session' in meta, (await victim.get(location ?? '')).status]
    },
    answers: { true: [true, 400], false: [false, 302] },
  },
  'login.pin_tries': {
    async observe({ emulator }) {
      const person = browser(emulator)
      const page = await askedForPin(person, wiki)
      const code = pinOn(page) === '000000' ? '000001' : '000000'
      for (let tries = 0; tries < 20; tries += 1) {
        const { text } = await person.submit(page, { code })
        if (text.includes('Invalid login session.')) return tries
      }
      return 'never refused'
    },
    answers: { 5: 5, 3: 3, 10: 10 },
  },
  'login.show_pin': {
    observe: async ({ emulator }) =>
      /<output>\d{6}<\/output>/.test((await askedForPin(browser(emulator), wiki)).text),
    answers: { true: true, false: false },
  },
  'login.error_status': {
    observe: async ({ emulator }) =>
      (await browser(emulator).post(`${team}/cdn-cgi/access/callback`, {})).status,
    answers: { 400: 400, 200: 200, 403: 403 },
  },
  'login.refused_status': {
    async observe({ emulator }) {
      const person = browser(emulator)
      const page = await askedForPin(person, wiki, stranger)
      return (await person.submit(page, { code: '1' })).status
    },
    answers: { 403: 403, 200: 200, 401: 401 },
  },
  'login.refused_session': {
    options: {
      applications: [app(docs, [policy('allow', [{ email: { email: 'bob@example.com' } }])])],
    },
    async observe({ emulator }) {
      const person = browser(emulator)
      await signIn(person, wiki)
      const { status, text } = await opened(person, `https://${docs}/`)
      return [status, text.includes('That account does not have access.')]
    },
    answers: { refusal: [403, true], login_page: [200, false] },
  },
}
