/** A host without a DNS record, where behaviour `edge.requires_dns_record` says that this matters (modes: dns-missing). */

import { headerNames } from '../../contracts/edge.ts'
import { isWithin } from '../../contracts/primitives.ts'
import { recordCovers } from '../access/dns.ts'
import type { Account } from '../account/account.ts'
import type { Reply } from '../http/reply.ts'
import type { Visit } from './visit.ts'

/**
 * Stands in for the NXDOMAIN that a resolver answers before any request is sent; so it comes before Access, unlike the
 * live 1016, which is seen once Access passes and the record's target does not resolve.
 */
const nameless: Reply = {
  because: { reason: 'host_without_record' },
  status: 530,
  headers: {
    'content-type': 'text/plain; charset=UTF-8',
    'cache-control': 'no-store',
    'cf-error-type': '1016',
    [headerNames.evidence]: 'emulator_only',
  },
  body: 'error code: 1016',
}

/** The answer to whoever asks for a host that has no record; undefined where it has one, or where none is needed. */
export function answerWithoutRecord(
  { host }: Pick<Visit, 'host'>,
  account: Account,
): Reply | undefined {
  if (!account.ask('edge.requires_dns_record')) return undefined
  const [zone] = account.zones
    .filter(({ name }) => isWithin(host, name))
    .toSorted((a, b) => b.name.length - a.name.length)
  const records = account.state.tables.dns_records.by('zone', zone?.id ?? '')
  return recordCovers(records, host) ? undefined : nameless
}
