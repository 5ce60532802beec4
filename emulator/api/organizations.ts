/** An account's Zero Trust organization. Its team domain is the issuer of every token. */
import {
  type organizations as contract,
  isAuthDomain,
  type Organization,
  type OrganizationUpdate,
  organizationBody,
  organizationDefaults,
  organizationUpdate,
} from '../../contracts/api/organization.ts'
import type { Extra } from '../../contracts/declaration/row.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import { organizationOf } from '../account/organization.ts'
import { knownOf, withExtra } from '../http/check.ts'
import type { OrganizationRow } from '../state/rows.ts'
import { type ApiContext, type HandlersOf, nowOf } from './context.ts'
import { keptOf } from './parts.ts'

/** `strict_service_token_auth` is present once it has been set, and whenever it is in force. */
function view({ extra, ...known }: OrganizationRow, { account }: ApiContext): Organization {
  const stored = known.strict_service_token_auth
  const strict =
    account.behaviour('organization.strict_locked') ||
    (stored ?? account.behaviour('organization.strict_default'))
  const shown = strict || stored !== undefined ? { strict_service_token_auth: strict } : {}
  return withExtra({ ...known, ...shown }, extra)
}

type OrganizationFailure = Failure<
  'invalid_request' | 'invalid_auth_domain' | 'auth_domain_not_available'
>

function domainProblem(
  domain: string | undefined,
  { account, accounts }: ApiContext,
): OrganizationFailure | undefined {
  if (domain === undefined || !isAuthDomain(domain)) return fail('invalid_auth_domain')
  const owner = accounts.byTeam(domain)
  return owner === undefined || owner === account ? undefined : fail('auth_domain_not_available')
}

/** Organizations created on or after 2026-10-05 are always strict (edge-strict-default, api-organization-strict-words). */
function strictProblem(
  { strict_service_token_auth: asked }: Pick<OrganizationUpdate, 'strict_service_token_auth'>,
  account: Account,
): OrganizationFailure | undefined {
  return asked === false && account.behaviour('organization.strict_locked')
    ? fail('invalid_request', 'strict_service_token_auth cannot be turned off')
    : undefined
}

/** The organization. Without one, the surface answers 9999 before any handler runs. */
function existing({ account }: ApiContext): OrganizationRow {
  const row = organizationOf(account)
  if (row === undefined) throw new Error('a call passed the gateway without an organization')
  return row
}

/** Merges a body into the remaining fields; `name` and `auth_domain` are never removed. */
function merged(
  kept: Omit<Organization, 'name' | 'auth_domain' | 'updated_at'>,
  body: OrganizationUpdate,
  old: Pick<OrganizationRow, 'name' | 'auth_domain'>,
  extra: Extra,
  context: ApiContext,
): OrganizationRow {
  return {
    ...kept,
    ...knownOf(body, organizationUpdate()),
    name: body.name ?? old.name,
    auth_domain: body.auth_domain ?? old.auth_domain,
    updated_at: nowOf(context),
    extra,
  }
}

function answered(row: OrganizationRow, context: ApiContext) {
  return {
    result: view(row, context),
    changes: [{ table: 'organization', put: row } as const],
  }
}

export const organizations: HandlersOf<typeof contract> = {
  get: (_call, context) => ({ result: view(existing(context), context) }),
  create({ body, extra }, context) {
    if (organizationOf(context.account) !== undefined) return fail('organization_exists')
    const problem = domainProblem(body.auth_domain, context) ?? strictProblem(body, context.account)
    if (problem !== undefined) return problem
    const row: OrganizationRow = {
      ...organizationDefaults,
      ...knownOf(body, organizationBody()),
      created_at: nowOf(context),
      updated_at: nowOf(context),
      ...context.explicit?.fields,
      extra,
    }
    return answered(row, context)
  },
  replace({ body, extra }, context) {
    const { auth_domain } = body
    const problem = domainProblem(auth_domain, context) ?? strictProblem(body, context.account)
    if (problem !== undefined) return problem
    const { created_at, ...old } = existing(context)
    return answered(
      merged({ ...organizationDefaults, created_at }, body, old, extra, context),
      context,
    )
  },
  patch({ body, extra, reset }, context) {
    const old = existing(context)
    const problem =
      domainProblem(body.auth_domain ?? old.auth_domain, context) ??
      strictProblem(body, context.account)
    if (problem !== undefined) return problem
    const kept = keptOf(old, { extra, reset }, organizationDefaults)
    return answered(merged(kept, body, old, kept.extra, context), context)
  },
  /** Also true for a person who never signed in (api-revoke-user-unknown). */
  revokeUser({ body }, { account, nowMs }) {
    const email = body.email.toLowerCase()
    const known = account.state.tables.users
      .all()
      .filter((user) => user.email.toLowerCase() === email)
    const revoked_at = Math.floor(nowMs / 1000)
    return {
      result: true,
      changes: known.map((user) => ({ table: 'users', put: { ...user, revoked_at } }) as const),
    }
  },
}
