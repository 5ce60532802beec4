/** What follows a verdict that lets a request pass: the token for the origin, and the cookie for the client. */
import type { Fault } from '../../contracts/control/faults.ts'
import type { Verdict } from '../access/verdict.ts'
import type { Account, ApplicationRow, Because, Evaluation, Issued } from '../account/account.ts'
import type { Reply } from '../http/reply.ts'
import { perRow } from '../state/per-row.ts'
import { authorizationCookie } from './cookies.ts'
import type { EdgeRequest } from './request.ts'

/** What the origin gets in addition to the request itself; becomes part of a `Forward`. */
export interface Pass {
  readonly assertion: string | undefined
  readonly claims: unknown
  readonly email: string | undefined
  readonly cookie: string | undefined
  /** Whether to remove the client id and secret from the request. */
  readonly stripPair: boolean
  readonly stripHeader: string | undefined
  /** For the client, beside those of the origin. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export type GateOutcome = {
  /** Undefined if nothing protects the host, or Access answers a preflight itself. */
  readonly evaluation?: Evaluation | undefined
  /** The fault that acted on the decision. */
  readonly acted?: Fault | undefined
  /** Why no policy was evaluated. */
  readonly because?: Because | undefined
} & ({ readonly pass: Pass } | { readonly reply: Reply })

export const bypass: Pass = {
  assertion: undefined,
  claims: undefined,
  email: undefined,
  cookie: undefined,
  stripPair: false,
  stripHeader: undefined,
}

/** Issues what the origin is told. */
export async function passed(
  edgeRequest: EdgeRequest,
  account: Account,
  evaluation: Evaluation,
  verdict: Verdict & { kind: 'pass' },
): Promise<GateOutcome> {
  const { subject, application, rulebook, token } = evaluation
  if (verdict.by === 'bypass') return { evaluation, pass: bypass }
  if (verdict.by === 'service_token' && subject.pair.status === 'valid') {
    account.touchLastSeen(subject.pair.token_id)
    const issued = await account.issueForServiceToken(application, {
      client_id: subject.pair.client_id,
      hostname: edgeRequest.host,
      session_duration: verdict.policy?.session_duration,
    })
    const cookie = rulebook.strict ? undefined : serviceTokenCookie(issued, account, application)
    const pass = passOf(application, issued, undefined, cookie)
    return { evaluation, acted: issued.acted, pass }
  }
  if (verdict.by === 'linked_app_token' && subject.linkedToken?.status === 'valid') {
    const issued = await account.signForLinked(application, subject.linkedToken, {
      hostname: edgeRequest.host,
      policy_id: verdict.policy.id,
    })
    const pass = passOf(application, issued, issued.claims.email, undefined)
    return { evaluation, acted: issued.acted, pass }
  }
  const claims = subject.applicationToken?.claims
  return { evaluation, pass: passOf(application, { token, claims }, claims?.email, undefined) }
}

/** Written out, not spread: it is made for each request. */
function passOf(
  application: ApplicationRow,
  { token, claims }: { readonly token: string | undefined; readonly claims: unknown },
  email: string | undefined,
  cookie: string | undefined,
): Pass {
  return {
    assertion: token,
    claims,
    email,
    cookie,
    stripPair: true,
    stripHeader: application.read_service_tokens_from_header || undefined,
  }
}

/** The cookie that a non-strict organization sets for a service token (edge-service-token-cookie). */
export function cookieOf(issued: Issued, account: Account, application: ApplicationRow): string {
  return authorizationCookie(issued.token, {
    expires: issued.exp,
    httpOnly: account.behaviour('cookie.service_token_http_only'),
    path: cookiePath(application),
    sameSite: application.same_site_cookie_attribute,
  })
}

/** Written once for each token. */
const serviceTokenCookie = perRow(cookieOf)

/** The `Path` of an application's cookie (edge-cookie-documented). */
export function cookiePath(application: ApplicationRow): string {
  const slash = application.domain?.indexOf('/') ?? -1
  if (!application.path_cookie_attribute || slash < 0) return '/'
  return application.domain?.slice(slash).replace(/\*.*$/, '') ?? '/'
}
