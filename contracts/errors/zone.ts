/** Failures of DNS records and Worker routes: rows of `apiErrors`, in the plain envelope. */
import { errorRows } from './error-row.ts'

const sameName =
  'For more details, refer to <https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/>.'

export const zoneErrors = errorRows({
  // DNS records. Since 2024-10-01 the cause is reported by itself; before, it was in a chain under 1004.
  dns_name_invalid: {
    status: 400,
    code: 9000,
    message: 'DNS name is invalid.',
    evidence: 'recorded',
    source: ['api-dns-refusals'],
  },
  record_not_proxiable: {
    status: 400,
    code: 9004,
    message: 'This record type cannot be proxied.',
    evidence: 'recorded',
    source: ['api-dns-refusals'],
  },
  a_content_invalid: {
    status: 400,
    code: 9005,
    message: 'Content for A record must be a valid IPv4 address.',
    evidence: 'recorded',
    source: ['api-dns-refusals'],
  },
  aaaa_content_invalid: {
    status: 400,
    code: 9006,
    message: 'Content for AAAA record must be a valid IPv6 address.',
    evidence: 'recorded',
    source: ['api-dns-refusals'],
  },
  /** The message is recorded, the code is not. */
  cname_content_invalid: {
    status: 400,
    code: 9007,
    message: 'Content for CNAME record is invalid.',
    evidence: 'assumed',
    source: ['api-dns-record-choices'],
  },
  ttl_invalid: {
    status: 400,
    code: 9021,
    message: 'TTL must be between 60 and 86400 seconds, or 1 for Automatic.',
    evidence: 'recorded',
    source: ['api-dns-refusals'],
  },
  cname_loop: {
    status: 400,
    code: 9039,
    message: 'CNAME content cannot reference itself.',
    evidence: 'recorded',
    source: ['api-dns-refusals'],
  },
  dns_request_invalid: {
    status: 400,
    code: 9207,
    message: 'Request body is invalid.',
    evidence: 'recorded',
    source: ['api-dns-refusals'],
  },
  unknown_dns_record: {
    status: 404,
    code: 81044,
    message: 'Record does not exist.',
    evidence: 'recorded',
    source: ['api-dns-refusals'],
  },
  host_has_record: {
    status: 400,
    code: 81053,
    message: `An A, AAAA, or CNAME record with that host already exists. ${sameName}`,
    evidence: 'recorded',
    source: ['api-dns-refusals'],
  },
  host_has_cname: {
    status: 400,
    code: 81054,
    message: `A CNAME record with that host already exists. ${sameName}`,
    evidence: 'recorded',
    source: ['api-dns-refusals'],
  },
  dns_record_exists: {
    status: 400,
    code: 81058,
    message: 'An identical record already exists.',
    evidence: 'recorded',
    source: ['api-dns-refusals'],
  },
  // Worker routes; `[pattern]` is replaced by the pattern sent.
  unknown_worker_route: {
    status: 404,
    code: 10005,
    message: 'workers.api.error.not_found',
    evidence: 'documented',
    source: ['api-worker-route-refusals'],
  },
  worker_route_exists: {
    status: 409,
    code: 10020,
    message: 'workers.api.error.duplicate_route',
    evidence: 'recorded',
    source: ['api-worker-route-taken'],
  },
  pattern_outside_zone: {
    status: 400,
    code: 10022,
    message: 'Route pattern must include zone name: [pattern]',
    evidence: 'documented',
    source: ['api-worker-route-refusals'],
  },
  pattern_wildcard_inside: {
    status: 400,
    code: 10022,
    message:
      'Route pattern may only contain wildcards at the beginning of the hostname and the end of the path: [pattern]',
    evidence: 'documented',
    source: ['api-worker-route-refusals'],
  },
  pattern_has_query: {
    status: 400,
    code: 10022,
    message: 'Route pattern should not have query parameters [pattern]',
    evidence: 'documented',
    source: ['api-worker-route-refusals'],
  },
  pattern_unreadable: {
    status: 400,
    code: 10022,
    message: 'Could not understand route pattern [pattern], please try a different pattern',
    evidence: 'documented',
    source: ['api-worker-route-refusals'],
  },
  worker_request_invalid: {
    status: 400,
    code: 10026,
    message: 'workers.api.error.parse_body',
    evidence: 'documented',
    source: ['api-worker-route-refusals'],
  },
})
