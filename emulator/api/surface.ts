/** The API's surface: requests are authenticated by the gateway, answers use the envelope. */
import { keyFormOf, pathsOf } from '../../contracts/api/operations.ts'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'
import {
  type ApiFailureName,
  type Failure,
  fail,
  isFailure,
} from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import type { JournaledAnswer } from '../account/journal.ts'
import { quotaFailure } from '../account/quota.ts'
import { accountSurface } from '../http/account-surface.ts'
import { apiFailureReply, isApiFailure } from '../http/failures.ts'
import type { Listed } from '../http/handler.ts'
import type { Surface } from '../http/mount.ts'
import type { Reply, Stamp } from '../http/reply.ts'
import { headerIn, type Params, type Routed } from '../http/routes.ts'
import type { Change } from '../state/state.ts'
import type { Log } from '../world/log.ts'
import type { World } from '../world/world.ts'
import type { ApiContext } from './context.ts'
import { authenticate, enabledFor, hindered, type Principal, placeOf } from './gateway.ts'
import { permitted } from './permissions.ts'

export const apiRoot = '/client/v4'
/** The API's host in faults and the journal, whichever name was requested. */
export const apiHost = 'api.cloudflare.com'

export interface ApiOptions {
  readonly world: World
  readonly accounts: Accounts
  readonly log: Log
  /** A ray for a request that belongs to no account. */
  readonly nextRay: () => string
}

const forms = {
  hex32: /^[0-9a-f]{32}$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  text: /^/,
}

/** Whether each parameter of a path has its form; a value in another means an unknown route (api-route-unknown). */
export function couldName(params: Params): boolean {
  for (const name of Object.keys(params)) {
    const form = keyFormOf(name)
    if (form !== undefined && !forms[form].test(params[name] ?? '')) return false
  }
  return true
}

export function createApiSurface(options: ApiOptions): Surface<ApiContext, Change[]> {
  const { world, accounts } = options
  const stamp = (): Stamp => ({ ray: options.nextRay(), nowMs: world.now() })
  return {
    ...accountSurface(options, () => apiHost),
    excess: ({ account }, changes) => quotaFailure(account, changes),
    paths: (endpoint) => pathsOf(endpoint).map((path) => apiRoot + path),
    plausible: couldName,
    context: (request, endpoint) => contextOf(request, endpoint, options),
    failure: (failure, at) => failureReply(failure, at, accounts),
    refused: (request, answered) => noteRefusal(request, answered, accounts),
    good: withQuota,
    listed: ofVisible,
    stamp,
  }
}

/** Journals a refused request: in the journal of the account whose credentials it has, if any. */
export function noteRefusal(
  request: Routed,
  answered: Omit<JournaledAnswer, 'host'>,
  accounts: Accounts,
): void {
  const principal = authenticate(request, accounts, answered.nowMs)
  const { journal } = isFailure(principal)
    ? { journal: accounts.journals.ofNone }
    : principal.account
  journal.add({ ...answered, host: apiHost })
}

/** 1200 requests in five minutes (api-rate-limit). Requests are not counted: every answer looks like the first. */
const quota = { left: '"default";r=1199;t=300', policy: '"default";q=1200;w=300' }

/** Adds the headers that were recorded on GET 200 and POST 201. */
function withQuota(reply: Reply, { method }: Endpoint, context: ApiContext): Reply {
  const isSeen =
    (method === 'GET' && reply.status === 200) || (method === 'POST' && reply.status === 201)
  if (!isSeen) return reply
  const { status, body, because } = reply
  const headers = {
    ...reply.headers,
    'cf-auditlog-id': auditLogId(context),
    ratelimit: quota.left,
    'ratelimit-policy': quota.policy,
  }
  return { status, headers, body, because }
}

/** A UUID for the request, from its ray and account. No digest needed: nothing reads it. */
function auditLogId({ ray, account }: ApiContext): string {
  const { id } = account
  const last = `8${ray.slice(15, 16)}${id.slice(0, 2)}-${id.slice(2, 14)}`
  return `${ray.slice(0, 8)}-${ray.slice(8, 12)}-4${ray.slice(12, 15)}-${last}`
}

function contextOf(
  request: Routed,
  endpoint: Endpoint,
  { accounts, world }: ApiOptions,
): ApiContext | Failure {
  const nowMs = world.now()
  const principal = authenticate(request, accounts, nowMs)
  if (isFailure(principal)) return translated(principal, request, endpoint)
  const unfit = verifiesToken(endpoint)
    ? unverifiable(principal, request, endpoint)
    : hindered(principal, request)
  if (unfit !== undefined) return unfit
  const { account_id, zone_id } = request.params
  const place = placeOf({ account_id, zone_id }, principal.account, accounts)
  if (isFailure(place)) return place
  const allowed = permitted(endpoint, principal, place, request.params)
  if (isFailure(allowed)) return allowed
  const refused = enabledFor(endpoint, place.account)
  if (refused !== undefined) return refused
  const { account, zone } = place
  const { path } = request
  const { token } = principal
  const { visible } = allowed
  return { account, zone, token, visible, accounts, world, path, ray: account.ray(), nowMs }
}

function ofVisible<R>(listed: Listed<R>, { visible }: ApiContext): Listed<R> {
  if (visible === undefined) return listed
  const rows = listed.rows.filter((row) => visible.has(String(Reflect.get(Object(row), 'id'))))
  return { ...listed, rows }
}

function verifiesToken({ id }: Endpoint): boolean {
  return id.startsWith('tokenVerify.')
}

/** Each kind of token is verified at a path of its own (api-token-of-account); one that is over is named as such. */
function unverifiable(
  { token, hindrance }: Principal,
  request: Routed,
  { id }: Endpoint,
): Failure<ApiFailureName> | undefined {
  if (headerIn(request, 'authorization') === undefined) return fail('authorization_missing')
  if (token === undefined) return undefined
  const isElsewhere = id !== `tokenVerify.${token.kind}`
  const isTold = hindrance === 'api_token_disabled' || hindrance === 'api_token_expired'
  return isElsewhere || (hindrance !== undefined && !isTold) ? fail('api_token_invalid') : undefined
}

/** Token verification has its own error for an invalid token (api-token-verify-invalid). */
function translated(
  failure: Failure<ApiFailureName>,
  request: Routed,
  endpoint: Endpoint,
): Failure<ApiFailureName> {
  if (!verifiesToken(endpoint)) return failure
  if (failure.failure === 'authentication_error') return fail('api_token_invalid')
  return headerIn(request, 'authorization') === undefined && failure.failure !== 'no_credentials'
    ? fail('authorization_missing')
    : failure
}

/** Statuses that the evidence leaves open are behaviours. Official clients retry a 409 and a 501 unless told not to. */
export function failureReply(failure: Failure, at: Stamp, accounts: Accounts): Reply {
  const named = isApiFailure(failure) ? failure : fail('internal')
  const account = 'account' in at ? (at as Stamp & { account: Account }).account : accounts.first()
  const status = account === undefined ? undefined : settledStatus(named.failure, account)
  const reply = apiFailureReply(named, {
    ...(status === undefined ? {} : { status }),
    headers: {
      ...(named.failure === 'rate_limited' ? { 'retry-after': '1' } : {}),
    },
  })
  // Official clients would otherwise retry twice (api-client-retries).
  const isFinal =
    named.failure === 'not_emulated' ||
    (reply.status === 409 && account?.behaviour('api.conflict_should_retry'))
  return isFinal ? { ...reply, headers: { ...reply.headers, 'x-should-retry': 'false' } } : reply
}

function settledStatus(failure: ApiFailureName, account: Account): number | undefined {
  if (failure === 'not_enabled') return account.behaviour('api.not_enabled_status')
  if (failure === 'route_unknown') return account.behaviour('api.route_unknown_status')
  return undefined
}
