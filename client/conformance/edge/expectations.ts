/** What each outcome of the edge looks like on the wire. */
import type { Application } from '../../../contracts/api/applications.ts'
import { metaClaims } from '../../../contracts/edge/claims.ts'
import {
  accessPrefix,
  block,
  cookieNames,
  headerNames,
  protectedResourcePath,
} from '../../../contracts/edge/endpoints.ts'
import type { EdgeKind } from '../../edge/edge.ts'
import type { CaseTarget } from '../case.ts'
import { fits, holds, parsed, present, same } from '../difference.ts'
import { type AskedEdge, cookieIn } from '../edge-answer.ts'
import type { TableOutcome } from './table.ts'

interface Expected {
  readonly application: Pick<Application, 'aud' | 'domain'>
  readonly target: Pick<CaseTarget, 'team'>
}

interface PageCheck {
  readonly status: number
  readonly kind: EdgeKind
  readonly marks?: (answer: AskedEdge, expected: Expected) => void
}

const appearances: Readonly<Record<TableOutcome, PageCheck>> = {
  pass: { status: 200, kind: 'not_access' },
  'pass+cookie': { status: 200, kind: 'passed', marks: serviceTokenCookie },
  'login-': { status: 302, kind: 'login', marks: (...given) => login(...given, false) },
  'login+': { status: 302, kind: 'login', marks: (...given) => login(...given, true) },
  '401 xhr': { status: 401, kind: 'blocked', marks: unauthorizedXhr },
  '401': { status: 401, kind: 'blocked', marks: blocked },
  '403': { status: 403, kind: 'blocked', marks: blocked },
}

/** Expects the answer to be that outcome, with all of its features. */
export function expectations(answer: AskedEdge, outcome: TableOutcome, expected: Expected): void {
  const { status, kind, marks } = appearances[outcome]
  same({ status: answer.status, kind: answer.kind }, { status, kind }, 'answer')
  marks?.(answer, expected)
}

const neverStored =
  'private, max-age=0, no-store, no-cache, must-revalidate, post-check=0, pre-check=0'
const longPast = 'Thu, 01 Jan 1970 00:00:01 GMT'

function notStored({ headers }: AskedEdge): void {
  same(headers.get('cache-control'), neverStored, 'cache-control')
  same(headers.get('expires'), longPast, 'expires')
}

function challenge({ url }: AskedEdge): string {
  return `Cloudflare-Access resource_metadata="${url.origin}${protectedResourcePath}${url.pathname}"`
}

/** `CF_Authorization=<JWT>; Expires=…; Path=/; Secure; SameSite=none`, without HttpOnly (edge-service-token-cookie). */
export function serviceTokenCookie({ cookies }: AskedEdge): void {
  const { expires, ...attributes } = cookieIn(cookies, cookieNames.authorization).attributes
  same(attributes, { path: '/', secure: '', samesite: 'none' }, 'attributes of CF_Authorization')
  fits(expires, /GMT$/, 'Expires of CF_Authorization')
}

function login(answer: AskedEdge, { application, target }: Expected, status: boolean): void {
  const { headers, url } = answer
  const location = new URL(present(headers.get('location'), 'location'))
  const loginPage = `https://${target.team}${accessPrefix}login/${url.hostname}`
  same(location.origin + location.pathname, loginPage, 'login page')
  const asked = url.pathname + url.search
  same(location.searchParams.get('kid'), application.aud, 'kid')
  same(location.searchParams.get('redirect_url'), asked, 'redirect_url')
  const meta = parsed(metaClaims(), answer.meta, 'meta')
  holds(
    meta,
    {
      aud: application.aud,
      hostname: url.hostname,
      redirect_url: asked,
      service_token_status: status,
      auth_status: 'NONE',
      nbf: meta.iat,
      exp: meta.iat + 300,
    },
    'claims of meta',
  )
  holds(
    Object.fromEntries(headers),
    {
      'content-type': 'text/html',
      'content-length': '143',
      'www-authenticate': challenge(answer),
      'access-control-allow-credentials': 'true',
    },
    'headers of the redirect',
  )
  notStored(answer)
  const [session, ...others] = answer.cookies
  same(others, [], 'other cookies of the redirect')
  same(session?.name, cookieNames.appSession, 'cookie of the redirect')
  fits(session?.value, /^n?[0-9a-f]{16}$/, 'value of CF_AppSession')
  const { expires, ...attributes } = { ...session?.attributes }
  same(attributes, { path: '/', secure: '', httponly: '' }, 'attributes of CF_AppSession')
  fits(expires, /GMT$/, 'Expires of CF_AppSession')
}

function unauthorizedXhr(answer: AskedEdge): void {
  holds(
    Object.fromEntries(answer.headers),
    {
      'www-authenticate': challenge(answer),
      'access-control-allow-headers': 'x-requested-with',
      'access-control-allow-credentials': 'true',
    },
    'headers of the 401',
  )
  fits(answer.headers.get('content-type'), /^text\/html; charset=UTF-8$/i, 'content-type')
  fits(answer.text, /<title>401 Unauthorized<\/title>/, 'page')
  same(answer.cookies, [], 'cookies of the 401')
}

const headings: Readonly<Record<number, string>> = { 401: 'Unauthorized', 403: 'Forbidden' }

/** Expects a block page, or its JSON form if the answer is JSON. */
export function blocked(answer: AskedEdge, { application }: Pick<Expected, 'application'>): void {
  const { headers, status } = answer
  same(headers.get(headerNames.aud), application.aud, 'cf-access-aud')
  same(headers.get(headerNames.domain), application.domain, 'cf-access-domain')
  same(headers.get('location'), null, 'location of a block')
  same(headers.get('www-authenticate'), null, 'www-authenticate of a block')
  same(answer.cookies, [], 'cookies of a block')
  const heading = headings[status] ?? ''
  if (/^application\/json\b/.test(headers.get('content-type') ?? '')) {
    const facts = parsed(block(), answer.json, 'JSON of the block')
    const { aud } = application
    const ray_id = answer.ray?.slice(0, 16)
    holds(facts, { status_code: status, aud, ray_id }, 'JSON of the block')
    fits(facts.message, new RegExp(`^${heading}\\. You don't have permission`), 'message')
    return
  }
  fits(headers.get('content-type'), /^text\/html; charset=UTF-8$/i, 'content-type of a block')
  fits(answer.text, /<title>Error ・ Cloudflare Access<\/title>/, 'title of the block page')
  fits(answer.text, new RegExp(heading), 'heading of the block page')
}
