/** An account's organization, and what depends on it: team domain, issuer and strictness. */
import type { OrganizationRow } from '../state/rows.ts'
import type { Account } from './account.ts'

export function organizationOf(account: Account): OrganizationRow | undefined {
  return account.state.tables.organization.get('organization')
}

/** The team domain; undefined until the organization is created. */
export function teamOf(account: Account): string | undefined {
  return organizationOf(account)?.auth_domain
}

/** The issuer, `https://<team>.cloudflareaccess.com`; never taken from a request. */
export function issuerOf(account: Account): string {
  return `https://${teamOf(account) ?? 'unknown.cloudflareaccess.com'}`
}

/** Whether service tokens are handled strictly (edge-strict-mode, edge-strict-default). */
export function isStrict(account: Account): boolean {
  if (account.behaviour('organization.strict_locked')) return true
  return (
    organizationOf(account)?.strict_service_token_auth ??
    account.behaviour('organization.strict_default')
  )
}
