/** The answers to verdicts: redirect to the login, block page, 401. */
import type { Ask } from '../../contracts/behaviours/table.ts'
import {
  headerNames,
  protectedResourcePath,
  unmatchedError,
} from '../../contracts/edge/endpoints.ts'
import type { HeaderValues } from '../access/credentials.ts'
import type { RequestFacts } from '../account/account.ts'
import type { Reply } from '../http/reply.ts'
import type { OwnPage } from './custom-page.ts'
import { explanationLink } from './explanation-link.ts'
import { blockPage, foundPage, unauthorizedPage } from './pages.ts'

export interface Addressed {
  readonly aud: string
  /** The application's domain as configured. */
  readonly domain: string
  /** The requested host. */
  readonly host: string
  /** Normalised path. */
  readonly path: string
  /** With its question mark, or empty. */
  readonly query: string
  readonly headers: HeaderValues
  /** The client's address. */
  readonly ip: string
  /** 16 hex digits and a data centre. */
  readonly ray: string
  /** What became of a client certificate. */
  readonly mtlsStatus: string
}

const neverStored = {
  'cache-control':
    'private, max-age=0, no-store, no-cache, must-revalidate, post-check=0, pre-check=0',
  expires: 'Thu, 01 Jan 1970 00:00:01 GMT',
} as const

function challenge({ host, path }: Addressed): string {
  return `Cloudflare-Access resource_metadata="https://${host}${protectedResourcePath}${path}"`
}

/** 302 to the team domain's login page (edge-login-redirect). */
export function loginRedirect(
  asked: Addressed,
  options: {
    readonly team: string
    readonly meta: string
    readonly appSession: string
    readonly ask: Ask
  },
): Reply {
  const parameters: Readonly<Record<string, string>> = {
    kid: asked.aud,
    meta: options.meta,
    redirect_url: encodeURIComponent(asked.path + asked.query),
  }
  const query = options
    .ask('login.query_order')
    .split(',')
    .map((name) => `${name}=${parameters[name] ?? ''}`)
    .join('&')
  return {
    status: 302,
    headers: {
      'content-type': 'text/html',
      location: `https://${options.team}/cdn-cgi/access/login/${asked.host}?${query}`,
      'www-authenticate': challenge(asked),
      'set-cookie': options.appSession,
      'access-control-allow-credentials': 'true',
      ...neverStored,
    },
    body: foundPage,
  }
}

/** 401 instead of the redirect, for `X-Requested-With: XMLHttpRequest` (edge-xhr-401). */
export function unauthorizedForXhr(asked: Addressed): Reply {
  return {
    status: 401,
    headers: {
      'content-type': 'text/html; charset=UTF-8',
      'www-authenticate': challenge(asked),
      'access-control-allow-headers': 'x-requested-with',
      'access-control-allow-credentials': 'true',
      ...neverStored,
    },
    body: unauthorizedPage,
  }
}

/** Whether the client counts as a browser: HEAD, or one that accepts HTML (edge-managed-oauth-clients). */
export function isBrowser({ method, headers }: Pick<RequestFacts, 'method' | 'headers'>): boolean {
  return method === 'HEAD' || headers('accept').join(',').toLowerCase().includes('text/html')
}

/** 401 instead of the redirect, for an application with Managed OAuth (edge-managed-oauth-401). */
export function unauthorizedForOauth({ host, path }: Addressed): Reply {
  const facts = {
    error: 'invalid_token',
    error_description: 'Missing or invalid access token',
    resource_metadata: `https://${host}${protectedResourcePath}${path}`,
  }
  const parameters = Object.entries(facts).map(([name, value]) => `${name}="${value}"`)
  const challenged = ['Bearer realm="OAuth"', ...parameters].join(', ')
  return {
    status: 401,
    headers: {
      'content-type': 'application/json',
      'www-authenticate': challenged,
      ...neverStored,
    },
    body: JSON.stringify(facts),
  }
}

const headings = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' } as const
export type BlockStatus = keyof typeof headings

/**
 * The block page, or its JSON form for clients that accept only that (edge-block-page, edge-block-json).
 * @param own the account's own page in place of it (edge-custom-page-answer)
 */
export function block(asked: Addressed, status: BlockStatus, ask: Ask, own?: OwnPage): Reply {
  const heading = headings[status]
  const facts = {
    message: `${heading}. You don't have permission to view this. Please contact your system administrator.`,
    status_code: status,
    aud: asked.aud,
    ray_id: asked.ray.slice(0, 16),
    mtls_status: asked.mtlsStatus,
  }
  const explanation = explanationLink(asked, ask)
  const error = ask('block.access_error_header')
  const headers = {
    [headerNames.aud]: asked.aud,
    [headerNames.domain]: asked.domain,
    ...(error === '' ? {} : { [headerNames.error]: error }),
    ...neverStored,
  }
  if (wantsJson(asked.headers, ask)) {
    return {
      status,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(facts),
    }
  }
  return {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8', ...headers, ...own?.headers },
    body: own?.html ?? blockPage({ heading, ...facts }, explanation),
  }
}

/** The block for a host that no application covers (edge-unmatched-hosts). */
export function unmatchedBlock(asked: Omit<Addressed, 'aud' | 'domain'>, ask: Ask): Reply {
  const status = ask('organization.unmatched_status')
  if (ask('organization.unmatched_body') === 'block_page') {
    return block({ ...asked, aud: '', domain: '' }, status, ask)
  }
  const headers = { 'content-type': 'text/plain; charset=UTF-8', 'cache-control': 'no-store' }
  return { status, headers, body: unmatchedError }
}

function wantsJson(headers: HeaderValues, ask: Ask): boolean {
  const accept = headers('accept').join(',').toLowerCase()
  if (!accept.includes('application/json')) return false
  return ask('block.json_when') === 'json' || !accept.includes('text/html')
}

interface Cors {
  readonly allow_all_headers?: boolean | undefined
  readonly allow_all_methods?: boolean | undefined
  readonly allow_all_origins?: boolean | undefined
  readonly allow_credentials?: boolean | undefined
  readonly allowed_headers?: readonly string[] | undefined
  readonly allowed_methods?: readonly string[] | undefined
  readonly allowed_origins?: readonly string[] | undefined
  readonly max_age?: number | undefined
}

/** Access's own answer to a preflight, if the application has `cors_headers` (edge-preflight). */
export function preflightAnswer(cors: Cors, headers: HeaderValues): Reply {
  const [origin = ''] = headers('origin')
  const requestedHeaders = headers('access-control-request-headers').join(', ')
  const [requestedMethod = ''] = headers('access-control-request-method')
  const allowed = cors.allow_all_origins === true || (cors.allowed_origins ?? []).includes(origin)
  const methods = cors.allow_all_methods ? requestedMethod : (cors.allowed_methods ?? []).join(', ')
  const fields = cors.allow_all_headers ? requestedHeaders : (cors.allowed_headers ?? []).join(', ')
  return {
    status: 200,
    headers: {
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      ...(allowed ? { 'access-control-allow-origin': origin } : {}),
      ...(allowed && cors.allow_credentials ? { 'access-control-allow-credentials': 'true' } : {}),
      ...(methods === '' ? {} : { 'access-control-allow-methods': methods }),
      ...(fields === '' ? {} : { 'access-control-allow-headers': fields }),
      ...(cors.max_age === undefined ? {} : { 'access-control-max-age': String(cors.max_age) }),
    },
    body: '',
  }
}
