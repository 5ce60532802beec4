/** Cases of the browser login: its page, the One-time PIN, and the return to the application. */
import { cookieNames, edge, headerNames } from '../../../contracts/edge/endpoints.ts'
import { type Arranged, arrange, person } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { atEdge, reading, writing } from '../define.ts'
import { fits, present, same } from '../difference.ts'
import { type AskedEdge, ask, cookieIn, expects, sendForm } from '../edge-answer.ts'
import { applicationUnknown, onTeam } from './page.ts'

/** A browser at an application's login page: the cookies it got there, and those the application set. */
interface AtLogin extends Arranged {
  readonly cookie: string
  readonly appSession: string
}

function cookieOf({ cookies }: AskedEdge, name: string): string {
  return `${name}=${cookieIn(cookies, name).value}`
}

async function atLogin(target: CaseTarget): Promise<AtLogin> {
  const arranged = await arrange(target, 'P')
  const refused = await ask(target, `${arranged.url}deep?a=b`)
  const shown = await ask(target, present(refused.headers.get('location'), 'location'))
  return {
    ...arranged,
    cookie: cookieOf(shown, cookieNames.loginSession),
    appSession: cookieOf(refused, cookieNames.appSession),
  }
}

/**
 * Requests a PIN for an address and returns the redirect. Live, one is mailed only to an address that a policy admits.
 */
async function askForPin(target: CaseTarget, at: AtLogin, email: string): Promise<URL> {
  const { application, cookie } = at
  const path = edge.requestPin.path.replace('{hostname}', application.domain ?? '')
  const address = new URL(`${onTeam(target, path)}?kid=${application.aud}`)
  const fields = {
    email,
    client_id: '',
    connector_id: '',
    connector_type: '',
    redirect_url: '/deep?a=b',
  }
  const answer = await sendForm(target, address, fields, { cookie })
  same(answer.status, 302, 'status')
  const to = new URL(present(answer.headers.get('location'), 'location'), address)
  same(to.origin + to.pathname, address.origin + address.pathname, 'where it leads')
  present(to.searchParams.get('nonce'), 'nonce')
  return to
}

const nobody = 'nobody@elsewhere.invalid'

const callback = (target: CaseTarget) => onTeam(target, edge.callback.path)

async function signedIn(target: CaseTarget): Promise<AtLogin & { readonly answer: AskedEdge }> {
  const at = await atLogin(target)
  const address = await askForPin(target, at, person)
  const { text } = await ask(target, address, { headers: { cookie: at.cookie } })
  const code = present(/<output>(\d{6})<\/output>/.exec(text)?.[1], 'code on the page')
  const nonce = address.searchParams.get('nonce') ?? ''
  const { cookie } = at
  return { ...at, answer: await sendForm(target, callback(target), { code, nonce }, { cookie }) }
}

export const loginCases: readonly Case[] = [
  atEdge(edge.login, 'the page', {
    title: 'the login page names the application and its domain',
    async run(target) {
      const { url, application } = await arrange(target, 'P')
      const login = present((await ask(target, url)).headers.get('location'), 'location')
      const answer = await ask(target, login)
      expects(answer, { status: 200, page: /<title>Sign in ・ Cloudflare Access<\/title>/ })
      same(answer.headers.get(headerNames.aud), application.aud, 'cf-access-aud')
      same(answer.headers.get(headerNames.domain), application.domain, 'cf-access-domain')
    },
  }),
  reading(edge.login, 'unknown application', {
    title: 'an unknown kid gets the page for an unknown application',
    evidence: 'assumed',
    source: ['sign-in-application-unknown', 'sign-in-application-unknown-status'],
    async run(target) {
      const path = edge.login.path.replace('{hostname}', `nothing.${target.zone.name}`)
      const answer = await ask(target, onTeam(target, `${path}?kid=${'f'.repeat(64)}`))
      expects(answer, { status: 404, page: applicationUnknown })
    },
  }),
  atEdge(edge.login, 'on the application host', {
    title: 'the application host has no login page',
    evidence: 'assumed',
    source: ['sign-in-application-host'],
    async run(target) {
      const { url, application } = await arrange(target, 'P')
      const path = edge.login.path.replace('{hostname}', application.domain ?? '')
      expects(await ask(target, new URL(path, url)), { status: 404, page: applicationUnknown })
    },
  }),
  atEdge(edge.requestPin, 'any address', {
    title: 'for an address that no policy admits it leads to the code page, as for any other',
    async run(target) {
      await askForPin(target, await atLogin(target), nobody)
    },
  }),
  atEdge(edge.pinPage, 'the page', {
    title: 'the page says that a code was emailed, whether or not one was',
    async run(target) {
      const at = await atLogin(target)
      const address = await askForPin(target, at, nobody)
      const answer = await ask(target, address, { headers: { cookie: at.cookie } })
      expects(answer, { status: 200, page: /A code has been emailed to you/ })
    },
  }),
  writing(edge.callback, 'no browser', {
    title: 'without CF_Session it says that the session is invalid',
    source: ['sign-in-session-errors'],
    async run(target) {
      const answer = await sendForm(target, callback(target), { code: '000000', nonce: 'x' })
      fits(answer.text, /Invalid session\. Please try logging in again/, 'page')
      expects(answer, { location: null })
    },
  }),
  atEdge(edge.callback, 'wrong code', {
    title: 'a code that was not sent says that the account does not have access',
    evidence: 'documented',
    source: ['sign-in-refused'],
    async run(target) {
      const at = await atLogin(target)
      const nonce = (await askForPin(target, at, nobody)).searchParams.get('nonce') ?? ''
      const { cookie } = at
      const fields = { code: '000000', nonce }
      const answer = await sendForm(target, callback(target), fields, { cookie })
      fits(answer.text, /That account does not have access/, 'page')
      expects(answer, { location: null })
    },
  }),
  atEdge(edge.callback, 'right code', {
    title: 'the code shown on the emulator’s page signs the person in',
    evidence: 'emulator_only',
    source: ['emulator-pin-shown', 'sign-in-callback-pin'],
    async run(target) {
      const { answer } = await signedIn(target)
      expects(answer, { status: 302 })
      const location = answer.headers.get('location')
      fits(location, /\/cdn-cgi\/access\/authorized\?nonce=.+&state=/, 'location')
      cookieOf(answer, cookieNames.authorization)
      cookieOf(answer, cookieNames.device)
    },
  }),
  atEdge(edge.authorized, 'unknown nonce', {
    title: 'with an unknown nonce it is 400',
    evidence: 'assumed',
    source: ['sign-in-authorized-state'],
    async run(target) {
      const { url, appSession } = await atLogin(target)
      const address = new URL(`${edge.authorized.path}?nonce=${'0'.repeat(32)}&state=e30%3D`, url)
      expects(await ask(target, address, { headers: { cookie: appSession } }), { status: 400 })
    },
  }),
  atEdge(edge.authorized, 'the way back', {
    title: 'after a login it sets the cookie and redirects to the requested URL',
    evidence: 'emulator_only',
    source: ['emulator-pin-shown', 'sign-in-authorized'],
    async run(target) {
      const { url, appSession, answer } = await signedIn(target)
      const way = present(answer.headers.get('location'), 'location')
      const last = await ask(target, way, { headers: { cookie: appSession } })
      expects(last, { status: 302, location: `${url}deep?a=b` })
      const cookie = cookieOf(last, cookieNames.authorization)
      same((await ask(target, url, { headers: { cookie } })).status, 200, 'status with the cookie')
    },
  }),
]
