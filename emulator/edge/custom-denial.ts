/** What an account has set for denials: its own page, or a URL to redirect to (edge-custom-denial). */
import type { Account } from '../account/account.ts'
import { organizationOf } from '../account/organization.ts'
import type { ApplicationRow, CustomPageRow } from '../state/rows.ts'

/**
 * The HTML of the account's own page, as it was uploaded (edge-custom-page-verbatim). An application's page counts before
 * the organization's (edge-custom-page-precedence).
 */
export function customPage(
  account: Account,
  application: ApplicationRow,
  type: CustomPageRow['type'],
): string | undefined {
  const ofApplication = application.custom_pages ?? []
  const ofOrganization = organizationOf(account)?.custom_pages?.[type]
  const { custom_pages } = account.state.tables
  return [...ofApplication, ofOrganization ?? '']
    .map((uid) => custom_pages.get(uid))
    .find((page) => page?.type === type)?.custom_html
}

/** A `Location` that starts no other header. Schemes other than http(s) are ignored (edge-custom-denial-url). */
export function denialUrl(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:\/\/[^\s\p{Cc}]+$/iu.test(url) && URL.canParse(url)
    ? url
    : undefined
}
