/** Requests to hosts and paths that no application covers, which an organization may deny (edge-unmatched-hosts). */
import { isWithin } from '../../contracts/declaration/primitives.ts'
import { readPair } from '../access/credentials.ts'
import type { Subject } from '../access/subject.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'
import { pairStatus, type RequestFacts } from './evaluate.ts'
import { isStrict, organizationOf } from './organization.ts'

export function deniesUnmatched(account: AccountBase, host: string): boolean {
  const organization = organizationOf(account)
  if (!organization?.deny_unmatched_requests) return false
  const exempted = organization.deny_unmatched_requests_exempted_zone_names ?? []
  return !exempted.some((zone) => isWithin(host, zone))
}

/** The subject of such a request, as an application would see it: needed for advice on what would let it in. */
export function unmatchedSubject(
  account: AccountBase,
  world: World,
  { ip, country, certificate, headers }: RequestFacts,
): Subject {
  const sent = readPair(headers, { singleHeader: undefined, strict: isStrict(account) })
  const pair = sent.status === 'sent' ? pairStatus(account, world, sent) : sent
  return { ip, country, certificate, pair }
}
