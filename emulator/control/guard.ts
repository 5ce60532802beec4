/** Who may use the control API. */
import { patternOf } from '../../contracts/api/operations.ts'
import { control } from '../../contracts/control/endpoints.ts'
import { pages } from '../../contracts/control/pages.ts'
import { reachOf } from '../../contracts/control/reach.ts'
import { type Endpoint, once } from '../../contracts/declaration/endpoint.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import { isLoopback } from '../../contracts/http/loopback.ts'
import { holderOfToken, type TokenHolder } from '../account/admin-tokens.ts'
import { plainAddress } from '../http/client-address.ts'
import { isOfType, mayHaveBody } from '../http/layers.ts'
import { headerIn, type Routed } from '../http/routes.ts'
import type { ControlCaller } from './caller.ts'
import { type SignInIssuers, signedInAs } from './sign-in.ts'

export const foreign = fail(
  'forbidden',
  'The control API refuses requests from web pages of other origins.',
)

export interface GuardSettings extends SignInIssuers {
  /** Whether strangers use the emulator side by side: a connection from this machine may then be the balancer's. */
  readonly shared: boolean
}

/** Who calls. Refuses web pages of other origins, and callers without a token that are not on this machine. */
export function callerOf(
  request: Routed,
  guarded: GuardSettings,
): ControlCaller | Failure<'forbidden' | 'bad_request'> {
  if (isForeign(request) && !isVisit(request)) return foreign
  if (isOpen(request)) return 'anyone'
  const caller = holderOf(request, guarded) ?? onThisMachine(request, guarded)
  if (caller === undefined) return fail('forbidden', guarded.shared ? tokenNeeded : tokenNeededAway)
  const hasBody = mayHaveBody(request) || headerIn(request, 'content-type') !== undefined
  if (!isReading(request) && hasBody && !isOfType(request, /^application\/json$/i)) {
    return fail('bad_request', 'Send the body as content-type: application/json.')
  }
  return caller
}

const sources =
  '(ACCESS_EMULATOR_ADMIN_TOKEN, or --admin-token-file; if neither is set, the emulator printed a token at start)'
const tokenNeededAway = `From other machines, the control API requires "Authorization: Bearer" with the admin token ${sources}.`
const tokenNeeded = `This emulator is shared: from everywhere, the control API requires "Authorization: Bearer" with the admin token of an account, or with the emulator's ${sources}.`

function onThisMachine({ socket }: Routed, { shared }: GuardSettings): 'emulator' | undefined {
  return !shared && isLoopback(plainAddress(socket.remoteAddress)) ? 'emulator' : undefined
}

const openPaths = once(
  () =>
    new Set<string>(
      Object.values(control).flatMap((each) => (reachOf(each) === 'open' ? each.path : [])),
    ),
)

function isOpen({ path }: Routed): boolean {
  return openPaths().has(path)
}

/** Whether it comes from a web page of another origin. */
export function isForeign(request: Routed): boolean {
  const site = headerIn(request, 'sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const origin = headerIn(request, 'origin')
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== headerIn(request, 'host')
}

function isReading({ method }: Routed): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Whether the browser says that one of our pages sent it: a cookie alone is not enough to change anything. */
function isOwn(request: Routed): boolean {
  return (
    headerIn(request, 'sec-fetch-site') === 'same-origin' ||
    (headerIn(request, 'origin') !== undefined && !isForeign(request))
  )
}

/** Whether a browser follows a link to a page: that changes nothing, and the page that has the link cannot read it. */
function isVisit(request: Routed): boolean {
  return (
    request.method === 'GET' &&
    isPage(request.path) &&
    headerIn(request, 'sec-fetch-mode') === 'navigate' &&
    headerIn(request, 'sec-fetch-dest') === 'document'
  )
}

/** Whether to ask a browser to sign in: only for the pages. */
export function mayOfferSignIn(request: Routed): boolean {
  return isPage(request.path) && prefersHtml(headerIn(request, 'accept') ?? '')
}

const pagePaths = once(() =>
  Object.values<Endpoint>(pages)
    .filter(({ id }) => id !== pages.dashboardScript.id)
    .map(({ path }) => patternOf(path)),
)

function isPage(path: string): boolean {
  const plain = path.replace(/\/$/, '')
  return pagePaths().some((pattern) => pattern.test(plain))
}

/** Of a page and JSON. Browsers name HTML first; other programs name JSON, or nothing. */
function prefersHtml(accept: string): boolean {
  const [html, json] = [/\btext\/html\b/i, /\bapplication\/json\b/i].map((type) =>
    accept.search(type),
  )
  return html !== undefined && html >= 0 && (json === undefined || json < 0 || html < json)
}

/** By a bearer token, the password of any user name, or the cookie of a browser that has signed in. */
function holderOf(request: Routed, guarded: GuardSettings): TokenHolder | undefined {
  const [, scheme = '', sent = ''] =
    /^(Bearer|Basic) (.+)$/i.exec(headerIn(request, 'authorization') ?? '') ?? []
  const isBasic = scheme.toLowerCase() === 'basic'
  const token = isBasic
    ? Buffer.from(sent, 'base64')
        .toString()
        .replace(/^[^:]*:/, '')
    : sent
  const holder = token === '' ? undefined : holderOfToken(token, guarded)
  if (holder !== undefined) return holder
  return isReading(request) || isOwn(request) ? signedInAs(request, guarded) : undefined
}
