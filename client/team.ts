/** Names of a team. */
import { AccessUsageError } from './errors.ts'

/** `example` or `example.cloudflareaccess.com` or its URL, as the team domain. Throws `AccessUsageError` else. */
export function teamDomain(given: string): string {
  const host = given
    .trim()
    .toLowerCase()
    .replace(/^https:\/\//, '')
    .replace(/\/+$/, '')
  if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(host)) return `${host}.cloudflareaccess.com`
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.cloudflareaccess\.com$/.test(host)) return host
  throw new AccessUsageError({
    what: 'The team is neither a team name nor a team domain.',
    todo: 'Give it like "example" or "example.cloudflareaccess.com".',
  })
}
