/** Team names and team domains. */
import { AccessUsageError } from '../transport/errors.ts'

/**
 * The team domain, from `example`, `example.cloudflareaccess.com` or its URL.
 * @throws AccessUsageError if it is none of these
 */
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
    todo: 'Write it like "example" or "example.cloudflareaccess.com".',
  })
}
