/** The gateway in front of the API: authenticates and authorises a request before Access sees it (api-gateway-order). */
import type { IncomingMessage } from 'node:http'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'
import {
  type ApiFailureName,
  type Failure,
  fail,
  isFailure,
} from '../../contracts/errors/errors.ts'
import type { Account, Zone } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { hindranceOf, type TokenHindrance } from '../account/api-tokens.ts'
import { organizationOf } from '../account/organization.ts'
import { clientAddress } from '../http/client-address.ts'
import { headerIn } from '../http/routes.ts'
import type { ApiTokenRow } from '../state/rows.ts'
import { digest } from '../world/ids.ts'
import { sameSecret } from '../world/secrets.ts'

type GatewayFailure = Failure<ApiFailureName>

/** Excludes what no token contains: spaces, quotes, line breaks. The exact rule is unpublished (api-token-form). */
const tokenFormat = /^[A-Za-z0-9_.~+/=-]{8,}$/
const keyFormat = /^[0-9a-fA-F]{32,64}$/
const emailFormat = /^[^\s@]+@[^\s@]+$/

export interface Principal {
  readonly account: Account
  /** The API token of the request, unless it is one that may do everything. */
  readonly token?: ApiTokenRow
  /** Why that token may not be used now. */
  readonly hindrance?: TokenHindrance | undefined
}

/** Whom the credentials of a request belong to. */
export function authenticate(
  request: IncomingMessage,
  accounts: Accounts,
  nowMs: number,
): Principal | GatewayFailure {
  const authorization = headerIn(request, 'authorization')
  const key = headerIn(request, 'x-auth-key')
  const email = headerIn(request, 'x-auth-email')
  const bearer = authorization === undefined ? undefined : /^Bearer (.*)$/i.exec(authorization)?.[1]
  if (bearer === undefined && key === undefined && email === undefined) {
    return fail('no_credentials')
  }
  const attempts = [
    ...(bearer === undefined ? [] : [byToken(bearer, request, accounts, nowMs)]),
    ...(key === undefined && email === undefined ? [] : [byKey(key ?? '', email ?? '', accounts)]),
  ]
  // Clients may send both kinds; one valid credential is enough (api-any-credential).
  const good = attempts.find((attempt) => !isFailure(attempt) && attempt.hindrance === undefined)
  return good ?? attempts[0] ?? fail('no_credentials')
}

/** A token that may do everything is one look-up, as most requests have it. */
function byToken(
  value: string,
  request: IncomingMessage,
  accounts: Accounts,
  nowMs: number,
): Principal | GatewayFailure {
  if (!tokenFormat.test(value)) return fail('token_malformed')
  const owner = accounts.byApiToken(value)
  if (owner !== undefined) return { account: owner }
  const found = accounts.byTokenDigest(digest(value))
  if (found === undefined) return fail('authentication_error')
  const { account, token } = found
  return {
    account,
    token,
    hindrance: hindranceOf(token, { nowMs, ip: clientAddress(request, account) }),
  }
}

function byKey(key: string, email: string, accounts: Accounts): Principal | GatewayFailure {
  if (!keyFormat.test(key)) return fail('auth_key_malformed')
  if (!emailFormat.test(email)) return fail('auth_email_malformed')
  const [account] = accounts
    .all()
    .filter((each) => sameSecret(each.api_key, key) && each.email === email)
  return account === undefined ? fail('unable_to_authenticate') : { account }
}

/** The answer to a token that may not be used now; the name of the token is for the journal. */
export function hindered(
  { account, token, hindrance }: Principal,
  request: IncomingMessage,
): GatewayFailure | undefined {
  if (token === undefined || hindrance === undefined) return undefined
  const isPlace = hindrance === 'api_token_location'
  return fail(hindrance, isPlace ? clientAddress(request, account) : `"${token.name}"`)
}

export interface GatewayTarget {
  readonly account: Account
  readonly zone: Zone | undefined
}

interface ScopeParams {
  readonly account_id?: string | undefined
  readonly zone_id?: string | undefined
}

/** The account and zone in the path, if the caller may access them. */
export function placeOf(
  { account_id, zone_id }: ScopeParams,
  principal: Account,
  accounts: Accounts,
): GatewayTarget | GatewayFailure {
  if (account_id !== undefined && account_id !== principal.id) return fail('unauthorized_resource')
  if (zone_id === undefined) return { account: principal, zone: undefined }
  const found = accounts.byZone(zone_id)
  if (found === undefined || found.account !== principal) return fail('unauthorized_resource')
  return found
}

/** Before the organization is created, every Access call but the one that creates it answers 9999 (api-not-enabled). */
export function enabledFor(endpoint: Endpoint, account: Account): GatewayFailure | undefined {
  if (!endpoint.path.startsWith('/access/') || endpoint.id === 'organizations.create') {
    return undefined
  }
  return organizationOf(account) === undefined ? fail('not_enabled') : undefined
}
