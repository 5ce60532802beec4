/** An account's organization, and what depends on it: team domain, issuer and strictness. */
import type { ApplicationRow, CustomPageRow, OrganizationRow } from '../state/rows.ts'
import type { AccountBase } from './base.ts'

export function organizationOf(account: AccountBase): OrganizationRow | undefined {
  return account.state.tables.organization.get('organization')
}

/** The team domain; undefined until the organization is created. */
export function teamOf(account: AccountBase): string | undefined {
  return organizationOf(account)?.auth_domain
}

/** The issuer, `https://<team>.cloudflareaccess.com`; never taken from a request. */
export function issuerOf(account: AccountBase): string {
  return `https://${teamOf(account) ?? 'unknown.cloudflareaccess.com'}`
}

/** Whether service tokens are handled strictly (edge-strict-mode, edge-strict-default). */
export function isStrict(account: AccountBase): boolean {
  if (account.behaviour('organization.strict_locked')) return true
  return (
    organizationOf(account)?.strict_service_token_auth ??
    account.behaviour('organization.strict_default')
  )
}

/** The page of its own that the application has selected, else the organization (edge-custom-page-precedence). */
export function customPageOf(
  account: AccountBase,
  { custom_pages: ofApplication = [] }: ApplicationRow,
  type: CustomPageRow['type'],
): CustomPageRow | undefined {
  const ofOrganization = organizationOf(account)?.custom_pages?.[type]
  const { custom_pages } = account.state.tables
  const selected = typeof ofOrganization === 'string' ? [ofOrganization] : []
  return [...ofApplication, ...selected]
    .map((uid) => custom_pages.get(uid))
    .find((page) => page?.type === type)
}
