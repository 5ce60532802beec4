/** Paths of Access itself, on the application host and on the team domain (edge-path-unknown). */

import { parseJson } from '../../../contracts/declaration/json.ts'
import { accessPrefix, edge, exchangeError } from '../../../contracts/edge/endpoints.ts'
import { ssoPrefix } from '../../../contracts/edge/oidc.ts'
import { ask, type Check, type CheckResult, match, no, out } from '../check.ts'
import { isGuard } from '../gate.ts'
import type { ObservedFacts, SeenAnswer } from '../observation.ts'
import { told, whenRefused, withoutCredentials, withPair } from './refusal.ts'

const exchangePath = edge.serviceAuth.path
/** Paths that exist on the team domain or on the application host. */
const served =
  /^(certs|get-identity|logout|login|authorized|callback|verify-code|resend-code|refresh-identity|cert_sign|cli|oauth|sso|service\/auth)(\/|$)/

/** The endpoints of a SaaS application (sign-in-oidc-endpoints). */
const ofProvider = new RegExp(
  `^${ssoPrefix}oidc/[^/]+/(\\.well-known/openid-configuration|authorization|token|jwks|userinfo)$`,
)

const isTeamUrl = ({ kind }: ObservedFacts) => kind === 'team'
const isExchange = ({ url }: ObservedFacts) => url.pathname === exchangePath
const isPage = (seen: SeenAnswer, thing: 'application' | 'organization') =>
  seen.body.includes(`Unable to find your Access ${thing}!`)
const isLoginUrl = ({ url }: ObservedFacts) => url.pathname.startsWith(`${accessPrefix}login/`)
const asGiven = 'as given'

/** The failing exchange if it is about this path, otherwise the doctor's own probe of it. */
export function subject(facts: ObservedFacts): SeenAnswer | CheckResult {
  const { observed } = facts
  if (observed?.url.pathname === facts.url.pathname) return observed.answer
  return facts.seen.asked ?? ask('asked')
}

/** Evaluates the path together with certs of the team domain, which shows whether the team exists. */
function onTeam(
  facts: ObservedFacts,
  look: (asked: SeenAnswer, certs: SeenAnswer) => CheckResult,
): CheckResult {
  if (!isTeamUrl(facts)) return no
  const asked = subject(facts)
  if (!('header' in asked)) return asked
  const { certs } = facts.seen
  if (asked.status === 404 && certs === undefined) return ask('certs')
  return look(asked, certs ?? asked)
}

/** An empty 404 for an Access path on an application host, together with a request for the application itself. */
function onHost(
  facts: ObservedFacts,
  look: (asked: SeenAnswer, bare: SeenAnswer) => CheckResult,
): CheckResult {
  if (facts.kind !== 'exchange' && facts.kind !== 'own_path') return no
  const asked = subject(facts)
  if (!('header' in asked)) return asked
  const { bare } = facts.seen
  if (bare === undefined) return ask('bare')
  return isGuard(bare) ? look(asked, bare) : no
}

export const accessPathChecks: readonly Check[] = [
  {
    id: 'service-auth-absent',
    about: 'exchange',
    evaluate(facts) {
      if (facts.kind === 'exchange') {
        return onHost(facts, (asked, bare) => {
          const { exchange } = facts.seen
          // GET returns 404 even where the endpoint exists.
          if (asked.method !== 'POST' && exchange === undefined) return ask('exchange')
          return absent([exchange ?? asked], [told(bare, withoutCredentials)])
        })
      }
      // A good pair that is sent to the login gets no token through the headers: is there another way?
      return whenRefused(facts, ({ authenticated, pair }) => {
        if (authenticated !== 'yes' || pair.kind !== 'login') return no
        const { exchange } = facts.seen
        return exchange === undefined ? ask('exchange') : absent([exchange], [told(pair, withPair)])
      })
    },
  },
  {
    id: 'service-auth-absent-team',
    about: 'exchange',
    evaluate: (facts) =>
      onTeam(facts, (asked, certs) => {
        if (!isExchange(facts) || asked.status !== 404 || certs.status !== 200) return no
        return absent([asked], [told(certs, withoutCredentials)])
      }),
  },
  {
    id: 'service-auth-wrong-method',
    about: 'request',
    evaluate: (facts) =>
      onHost(facts, (asked) => {
        if (facts.kind !== 'exchange' || facts.observed === undefined) return no
        if (asked.method === 'POST' || ![404, 405].includes(asked.status ?? 0)) return no
        const { exchange } = facts.seen
        if (exchange === undefined) return ask('exchange')
        if (exchange.status !== 200) return out(told(exchange, withPair))
        return match(0.95, [told(asked, withPair), told(exchange, withPair)])
      }),
  },
  {
    id: 'service-auth-unknown-aud',
    about: 'request',
    evaluate(facts) {
      if (!isExchange(facts)) return no
      const asked = subject(facts)
      if (!('header' in asked)) return asked
      const refusal = exchangeError().safeParse(parseJson(asked.body))
      if (!refusal.success || refusal.data.error.code !== 'aud_unknown') return no
      return match(0.95, [`${told(asked, withPair)} The body says aud_unknown.`])
    },
  },
  {
    id: 'access-path-unknown',
    about: 'request',
    evaluate(facts) {
      const path = facts.url.pathname
      if (!path.startsWith(accessPrefix) || served.test(path.slice(accessPrefix.length))) return no
      const unknown = (asked: SeenAnswer, witness: SeenAnswer) =>
        asked.status === 404
          ? match(0.95, [
              `${told(asked, asGiven)} Access serves no such path.`,
              told(witness, withoutCredentials),
            ])
          : no
      if (!isTeamUrl(facts)) return onHost(facts, unknown)
      return onTeam(facts, (asked, certs) => (certs.status === 200 ? unknown(asked, certs) : no))
    },
  },
  {
    id: 'oidc-endpoint-invented',
    about: 'request',
    evaluate(facts) {
      const { pathname } = facts.url
      if (!pathname.startsWith(`${ssoPrefix}oidc`) || ofProvider.test(pathname)) return no
      return onTeam(facts, (asked, certs) =>
        asked.status === 404 && certs.status === 200
          ? match(0.95, [
              `${told(asked, asGiven)} The path has no client id of a SaaS application between oidc/ and the endpoint.`,
              told(certs, withoutCredentials),
            ])
          : no,
      )
    },
  },
  {
    id: 'organization-unknown',
    about: 'gate',
    evaluate: (facts) =>
      onTeam(facts, (asked, certs) => {
        const isUnknown = [asked, certs].every((seen) => isPage(seen, 'organization'))
        if (!isUnknown) return certs.status === 200 ? out(told(certs, withoutCredentials)) : no
        return match(0.95, [told(asked, asGiven), told(certs, withoutCredentials)])
      }),
  },
  {
    id: 'login-on-application-host',
    about: 'request',
    evaluate(facts) {
      if (isTeamUrl(facts) || !isLoginUrl(facts)) return no
      return onHost(facts, (asked) =>
        isPage(asked, 'application')
          ? match(0.95, [`${told(asked, asGiven)} The login page exists on the team domain only.`])
          : no,
      )
    },
  },
  {
    id: 'login-application-unknown',
    about: 'gate',
    evaluate: (facts) =>
      whenLoginFails(facts, (asked, host, kid) =>
        isGuard(host) && host.aud === kid
          ? out(`${told(host, withoutCredentials)} It names the same AUD tag.`)
          : match(0.95, [told(asked, asGiven), told(host, withoutCredentials)]),
      ),
  },
  {
    id: 'propagation-login',
    about: 'gate',
    evaluate: (facts) =>
      whenLoginFails(facts, (asked, host, kid) =>
        isGuard(host) && host.aud === kid
          ? match(0.95, [
              told(asked, asGiven),
              `${told(host, withoutCredentials)} The edge already knows the application; the login service does not yet.`,
            ])
          : no,
      ),
  },
]

function absent(asked: readonly SeenAnswer[], witness: readonly string[]): CheckResult {
  const [first] = asked
  if (first === undefined || first.status !== 404) return no
  return match(0.95, [
    `${told(first, withPair)} Cloudflare has no such endpoint. To exchange the pair, send the two headers to the application itself.`,
    ...witness,
  ])
}

/** The login page does not know the application: which one does the host name? */
function whenLoginFails(
  facts: ObservedFacts,
  look: (asked: SeenAnswer, host: SeenAnswer, kid: string | undefined) => CheckResult,
): CheckResult {
  if (!isLoginUrl(facts)) return no
  return onTeam(facts, (asked) => {
    if (!isPage(asked, 'application')) return no
    const host = facts.seen.login_host
    if (host === undefined) return ask('login_host')
    return look(asked, host, facts.url.searchParams.get('kid') ?? undefined)
  })
}
