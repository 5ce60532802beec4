/** Where a request could come from instead: IP addresses, countries and certificates that the policies name, and others. */
import type { Rule } from '../../../contracts/api/rules.ts'
import { placeAmong } from '../addresses.ts'
import type { Subject } from '../subject.ts'
import { type Move, ofSubject } from './move.ts'

/** Documentation addresses, which no policy names. */
const unnamed = ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1']

export function locationMoves(rules: readonly Rule[], subject: Subject): readonly Move[] {
  return [...addresses(rules, subject), ...countries(rules, subject), ...certificates(rules)]
}

function addresses(rules: readonly Rule[], { ip: now }: Subject): readonly Move[] {
  const ranges = distinct(rules.flatMap((rule) => ('ip' in rule ? [rule.ip.ip] : [])))
  if (ranges.length === 0) return []
  const inside = ranges.map((range) => {
    const [ip = ''] = range.split('/')
    return { ip, where: range.includes('/') ? `an address in ${range}` : range }
  })
  const isFree = (ip: string) => ip !== now && placeAmong(ip, ranges) === 'outside'
  const outside = unnamed.filter(isFree).slice(0, 1)
  const met = ranges.filter((range) => placeAmong(now, [range]) === 'inside')
  const where = `an address outside ${(met.length > 0 ? met : ranges).join(' and ')}`
  return [...inside, ...outside.map((ip) => ({ ip, where }))].map((to) => ({
    dimension: 'address',
    says: `send the request from ${to.where}`,
    changes: [{ change: 'send_from', ip: to.ip }],
    apply: ofSubject((subject) => ({ ...subject, ip: to.ip })),
  }))
}

function countries(rules: readonly Rule[], { country: now }: Subject): readonly Move[] {
  const named = distinct(rules.flatMap((rule) => ('geo' in rule ? [rule.geo.country_code] : [])))
  if (named.length === 0) return []
  const met = named.filter((code) => code === now)
  const others = `another country than ${(met.length > 0 ? met : named).join(' or ')}`
  const elsewhere = ['ZZ', 'QZ'].filter((code) => code !== now && !named.includes(code)).slice(0, 1)
  return [
    ...named.map((country) => ({ country, where: country })),
    ...elsewhere.map((country) => ({ country, where: others })),
  ].map(({ country, where }) => ({
    dimension: 'country',
    says: `send the request from ${where}`,
    changes: [{ change: 'send_from_country', country }],
    apply: ofSubject((subject) => ({ ...subject, country })),
  }))
}

function certificates(rules: readonly Rule[]): readonly Move[] {
  const names = distinct(
    rules.flatMap((rule) => ('common_name' in rule ? [rule.common_name.common_name] : [])),
  )
  const isAny = rules.some((rule) => 'certificate' in rule)
  return [
    ...names.map((common_name) => ({
      common_name,
      says: `a client certificate for "${common_name}"`,
    })),
    ...(isAny ? [{ common_name: 'client', says: 'a client certificate' }] : []),
  ].map(({ common_name, says }) => ({
    dimension: 'certificate',
    says: `present ${says}`,
    changes: [{ change: 'present_certificate', common_name }],
    apply: ofSubject((subject) => ({ ...subject, certificate: { common_name } })),
  }))
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
