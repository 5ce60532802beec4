/** Validates names and contents of DNS records, and puts them into Cloudflare's form. Pure. */

import { isIPv4, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import type { DnsRecordType } from '../../contracts/api/dns-records.ts'
import { isWithin } from '../../contracts/declaration/primitives.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/
const mostCharacters = 253

/** In lower case and Punycode, without a trailing dot; undefined if it is not a host name. */
function hostName(text: string): string | undefined {
  const bare = text.replace(/\.$/, '').toLowerCase()
  // `domainToASCII` would turn plain text such as `123` into an address (0.0.0.123).
  const name = /^[\x20-\x7e]*$/.test(bare) ? bare : domainToASCII(bare)
  const isName = name.length <= mostCharacters && name.split('.').every((one) => label.test(one))
  return isName ? name : undefined
}

/**
 * The fully qualified name. `@` is the zone itself; a name that does not end in the zone's name is taken as relative to it,
 * even if it has dots (api-dns-record-names). A wildcard must be the whole first label.
 */
export function wholeName(given: string, zone: string): string | Failure<'dns_name_invalid'> {
  if (given === '@') return zone
  const [, wildcard = '', rest = ''] = /^(\*\.|\*$)?(.*)$/s.exec(given) ?? []
  const name = rest === '' && wildcard === '*' ? zone : hostName(rest)
  if (name === undefined) return fail('dns_name_invalid')
  const isWhole = isWithin(name, zone)
  const whole = `${wildcard === '' ? '' : '*.'}${isWhole ? name : `${name}.${zone}`}`
  return whole.length <= mostCharacters ? whole : fail('dns_name_invalid')
}

type ContentFailure =
  | 'a_content_invalid'
  | 'aaaa_content_invalid'
  | 'cname_content_invalid'
  | 'dns_request_invalid'

/** The content of each type in its stored form; addresses are written in their short form (api-dns-record-choices). */
const contents: Readonly<
  Record<DnsRecordType, (given: string) => string | Failure<ContentFailure>>
> = {
  A: (given) => (isIPv4(given) ? given : fail('a_content_invalid')),
  AAAA: (given) =>
    isIPv6(given) && !given.includes('%')
      ? new URL(`http://[${given}]`).hostname.slice(1, -1)
      : fail('aaaa_content_invalid'),
  CNAME(given) {
    const name = isIPv4(given) ? undefined : hostName(given)
    return name ?? fail('cname_content_invalid')
  },
  // Stored as sent: it is not known whether Cloudflare adds quotes.
  TXT: (given) => (given === '' ? fail('dns_request_invalid') : given),
}

export function keptContent(
  type: DnsRecordType,
  given: string | undefined,
): string | Failure<ContentFailure> {
  return contents[type](given ?? '')
}
