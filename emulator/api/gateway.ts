/** The gateway in front of the API: authenticates and authorises a request before Access sees it (api-gateway-order). */
import type { Request } from 'express'
import type { Endpoint } from '../../contracts/endpoint.ts'
import { type ApiFailureName, type Failure, fail, isFailure } from '../../contracts/errors.ts'
import type { Account, Zone } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { organizationOf } from '../account/organization.ts'
import { sameSecret } from '../secrets.ts'

type GatewayFailure = Failure<ApiFailureName>

/** Excludes what no token contains: spaces, quotes, line breaks. The exact rule is unpublished (api-token-form). */
const tokenFormat = /^[A-Za-z0-9_.~+/=-]{8,}$/
const keyFormat = /^[0-9a-fA-F]{32,64}$/
const emailFormat = /^[^\s@]+@[^\s@]+$/

/** The account that the credentials of a request belong to. */
export function authenticate(request: Request, accounts: Accounts): Account | GatewayFailure {
  const authorization = request.get('authorization')
  const key = request.get('x-auth-key')
  const email = request.get('x-auth-email')
  const bearer = authorization === undefined ? undefined : /^Bearer (.*)$/i.exec(authorization)?.[1]
  if (bearer === undefined && key === undefined && email === undefined) {
    return fail('no_credentials')
  }
  const attempts = [
    ...(bearer === undefined ? [] : [byToken(bearer, accounts)]),
    ...(key === undefined && email === undefined ? [] : [byKey(key ?? '', email ?? '', accounts)]),
  ]
  // Clients may send both kinds; one valid credential is enough (api-any-credential).
  const good = attempts.find((attempt) => !isFailure(attempt))
  return good ?? attempts[0] ?? fail('no_credentials')
}

function byToken(token: string, accounts: Accounts): Account | GatewayFailure {
  if (!tokenFormat.test(token)) return fail('token_malformed')
  const account = accounts.byApiToken(token)
  return account ?? fail('authentication_error')
}

function byKey(key: string, email: string, accounts: Accounts): Account | GatewayFailure {
  if (!keyFormat.test(key)) return fail('auth_key_malformed')
  if (!emailFormat.test(email)) return fail('auth_email_malformed')
  const matching = accounts
    .all()
    .filter((account) => sameSecret(account.api_key, key) && account.email === email)
  return matching[0] ?? fail('unable_to_authenticate')
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
