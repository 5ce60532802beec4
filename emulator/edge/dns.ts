/** Hosts without a DNS record: for the real ones, a resolver answers NXDOMAIN, and no request is ever sent. */
import { headerNames } from '../../contracts/edge/endpoints.ts'
import type { Account } from '../account/account.ts'
import type { Reply } from '../http/reply.ts'
import type { EdgeRequest } from './request.ts'

/**
 * Stands in for NXDOMAIN, and so comes before Access. (Cloudflare's own 1016 comes after Access, if the record's target does
 * not resolve.)
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

/** The answer for a host that does not exist; undefined if it does, or if records are not required. */
export function answerWithoutRecord(
  { host, hasOrigin }: Pick<EdgeRequest, 'host' | 'hasOrigin'>,
  account: Account,
): Reply | undefined {
  const required = account.behaviour('edge.requires_dns_record')
  if (required === false) return undefined
  const exists =
    required === 'even_with_application'
      ? account.hosts.hasRecord(host)
      : hasOrigin || account.hosts.isKnown(host)
  return exists ? undefined : nameless
}
