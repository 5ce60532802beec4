/** What the client's own request shows: the given pair, or the failing exchange. */
import { applicationOf, missing } from '../account.ts'
import { ask, type Check, type CheckResult, exchangeCheck, match, no } from '../check.ts'
import { isGuard, isManagedOauth, isTooLarge } from '../gate.ts'
import { oauthBearer } from '../oauth-exchange.ts'
import type { ProbedExchange } from '../observation.ts'
import { told } from './refusal.ts'

const isRefused = ({ answer }: ProbedExchange) => isGuard(answer)

const wrongJson = ({ carried }: ProbedExchange) =>
  carried.json !== undefined && !carried.json.isLowerCase

/** The limit for one header before 2025-10-16; a proxy of your own may accept less. */
const muchBytes = 16 * 1024

/** Piled-up cookies show in their number even if a saved exchange redacts their values. */
function overflow({ answer, carried, request }: ProbedExchange): CheckResult {
  const { authorizationCookies: count } = carried
  const bytes = request('cookie')?.length ?? 0
  const isPiled = count > 1
  const isMuch = bytes > muchBytes
  const isSaid = isTooLarge(answer)
  // Another server behind the edge names itself in the page, and complains about any header.
  const isByEdge = isSaid && !/<hr><center>(?!cloudflare<)/.test(answer.body)
  const isUnsaid = [400, 413, 431].includes(answer.status ?? 0) && !isGuard(answer)
  if (isSaid ? !isPiled && !isMuch && !isByEdge : !isUnsaid || !isPiled || !isMuch) return no
  const times = count === 1 ? 'once' : `${count} times`
  return match(isSaid && isPiled ? 0.95 : 0.7, [
    `The request has ${Math.ceil(bytes / 1024)} KB of cookies, with CF_Authorization ${times}. ${told(answer, 'sent like this')}`,
    ...(isSaid ? ['The page says that headers or cookies are too large.'] : []),
  ])
}

export const requestChecks: readonly Check[] = [
  {
    id: 'token-header-malformed',
    about: 'request',
    evaluate({ pair, observed }) {
      const seen = observed?.carried.malformed
      if (seen !== undefined && observed !== undefined && !observed.carried.isTwice) {
        return match(0.95, [`In the request, ${seen}. ${told(observed.answer, 'sent like this')}`])
      }
      return pair.status === 'malformed' ? match(0.95, [`In the given pair, ${pair.problem}.`]) : no
    },
  },
  {
    id: 'token-header-missing',
    about: 'request',
    evaluate({ pair, observed }) {
      if (observed !== undefined) {
        const { clientId, clientSecret } = observed.carried
        if ((clientId === undefined) === (clientSecret === undefined)) return no
        const there = clientId === undefined ? 'CF-Access-Client-Secret' : 'CF-Access-Client-Id'
        return match(0.95, [
          `The request carries ${there} alone. ${told(observed.answer, 'sent like this')}`,
        ])
      }
      return pair.status === 'incomplete'
        ? match(0.95, [`In the given pair, ${pair.problem}.`])
        : no
    },
  },
  exchangeCheck('token-both-headers', 'request', (observed) => {
    const { json, clientId, isTwice } = observed.carried
    if (!isRefused(observed) || !(isTwice || (json !== undefined && clientId !== undefined))) {
      return no
    }
    const form = isTwice
      ? 'one of the two headers twice'
      : `the pair twice, the second time in ${json?.header}`
    return match(0.95, [`The request carries ${form}. ${told(observed.answer, 'sent like this')}`])
  }),
  exchangeCheck('token-single-header-case', 'request', (observed) =>
    wrongJson(observed) && isRefused(observed)
      ? match(0.95, [
          `The keys of the JSON in ${observed.carried.json?.header} are not in lower case. ${told(observed.answer, 'sent like this')}`,
        ])
      : no,
  ),
  exchangeCheck('token-single-header-off', 'request', (observed, facts) => {
    const { json, clientId } = observed.carried
    if (json?.isLowerCase !== true || clientId !== undefined || !isRefused(observed)) return no
    const proof = `The request carries the pair as JSON in ${json.header}. ${told(observed.answer, 'sent like this')}`
    const wanted = missing(facts, ['applications'])
    if (wanted !== undefined) return ask(wanted)
    const application = applicationOf(facts)
    const read = application?.read_service_tokens_from_header
    if (application && read?.toLowerCase() === json.header) return no
    // If the pair works in its two headers, the form is wrong and not the pair.
    if (facts.seen.pair === undefined && facts.pair.status === 'usable') return ask('pair')
    const passes = facts.seen.pair !== undefined && !isGuard(facts.seen.pair)
    const shows = facts.seen.pair === undefined ? [] : [told(facts.seen.pair, 'with the pair')]
    const says = application
      ? [`read_service_tokens_from_header of the application is ${read ?? 'unset'}.`]
      : []
    return match(passes || application ? 0.95 : 0.6, [...says, proof, ...shows])
  }),
  exchangeCheck('jwt-as-bearer', 'request', (observed) => {
    const { tokenIn, token } = observed.carried
    if (tokenIn !== 'authorization' || !isRefused(observed)) return no
    if (token?.claims.type !== 'app' && token?.team === undefined) return no
    return match(0.95, [
      `The request carries an application token as Authorization: Bearer. ${told(observed.answer, 'sent like this')}`,
    ])
  }),
  exchangeCheck('cookie-overflow', 'request', (observed, { kind }) =>
    kind === 'api' ? no : overflow(observed),
  ),
  exchangeCheck('answer-401-for-xhr', 'form', (observed, facts) => {
    const sent = observed.request('x-requested-with')?.toLowerCase()
    const { answer } = observed
    if (sent !== 'xmlhttprequest' || answer.status !== 401 || isManagedOauth(answer)) return no
    // The answer to a request without credentials tells the form from the cause.
    const { bare } = facts.seen
    if (bare === undefined) return ask('bare')
    return bare.kind === 'login'
      ? match(0.95, [
          `The request carries X-Requested-With: XMLHttpRequest. ${told(answer, 'sent like this')}`,
          told(bare, 'without it'),
        ])
      : no
  }),
  exchangeCheck('answer-401-managed-oauth', 'form', ({ answer, carried }, facts) =>
    isManagedOauth(answer) &&
    isGuard(answer) &&
    carried.clientId === undefined &&
    oauthBearer(facts) === undefined
      ? match(0.95, [`${told(answer, 'as observed')} Its www-authenticate begins with Bearer.`])
      : no,
  ),
  exchangeCheck('preflight-refused', 'request', (observed, facts) => {
    if (observed.method !== 'OPTIONS' || !isRefused(observed)) return no
    const wanted = missing(facts, ['applications'])
    if (wanted !== undefined) return ask(wanted)
    const application = applicationOf(facts)
    const unset = application
      ? [
          `options_preflight_bypass of the application is ${application.options_preflight_bypass ?? 'unset'}, and cors_headers ${application.cors_headers === undefined ? 'are unset' : 'are set'}.`,
        ]
      : []
    return match(0.95, [told(observed.answer, 'as observed'), ...unset])
  }),
  exchangeCheck('redirect-followed', 'request', (observed, { earlier }) => {
    const isLoginPage =
      observed.url.hostname.endsWith('.cloudflareaccess.com') &&
      observed.url.pathname.startsWith('/cdn-cgi/access/login/') &&
      observed.answer.status === 200
    const from = earlier.findLast(({ answer }) => answer.kind === 'login')
    if (!isLoginPage) return no
    const first = from === undefined ? [] : [told(from.answer, 'before the redirect')]
    return match(from === undefined ? 0.7 : 0.95, [
      ...first,
      `${told(observed.answer, 'after the redirect')} That is the login page.`,
    ])
  }),
  exchangeCheck('login-identity-refused', 'gate', (observed) =>
    observed.answer.body.includes('That account does not have access')
      ? match(0.95, [
          `${told(observed.answer, 'as observed')} The page says that the account has no access.`,
        ])
      : no,
  ),
]
