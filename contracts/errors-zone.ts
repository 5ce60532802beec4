/**
 * Failures of what a zone has beside Access: DNS records and Worker routes. Rows of `apiErrors`, in the plain envelope.
 * Recorded ones were read in public issue threads and logs (ddns-go 1378, cloudflare-ddns 91, 179, 230, external-dns
 * 4749, favonia/cloudflare-ddns 990, wrangler-action 241, wrangler-legacy 675); documented ones in the Workers documentation.
 */

const sameName =
  'For more details, refer to <https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/>.'

export const zoneErrors = {
  // Of DNS records. Since 2024-10-01 the cause stands alone; before, it was a chain under 1004 (documented).
  dns_name_invalid: {
    status: 400,
    code: 9000,
    message: 'DNS name is invalid.',
    evidence: 'recorded',
  },
  record_not_proxiable: {
    status: 400,
    code: 9004,
    message: 'This record type cannot be proxied.',
    evidence: 'recorded',
  },
  a_content_invalid: {
    status: 400,
    code: 9005,
    message: 'Content for A record must be a valid IPv4 address.',
    evidence: 'recorded',
  },
  aaaa_content_invalid: {
    status: 400,
    code: 9006,
    message: 'Content for AAAA record must be a valid IPv6 address.',
    evidence: 'recorded',
  },
  /** The words are recorded, the number is not. */
  cname_content_invalid: {
    status: 400,
    code: 9007,
    message: 'Content for CNAME record is invalid.',
    evidence: 'assumed',
  },
  ttl_invalid: {
    status: 400,
    code: 9021,
    message: 'TTL must be between 60 and 86400 seconds, or 1 for Automatic.',
    evidence: 'recorded',
  },
  cname_loop: {
    status: 400,
    code: 9039,
    message: 'CNAME content cannot reference itself.',
    evidence: 'recorded',
  },
  dns_request_invalid: {
    status: 400,
    code: 9207,
    message: 'Request body is invalid.',
    evidence: 'recorded',
  },
  unknown_dns_record: {
    status: 404,
    code: 81044,
    message: 'Record does not exist.',
    evidence: 'recorded',
  },
  host_has_record: {
    status: 400,
    code: 81053,
    message: `An A, AAAA, or CNAME record with that host already exists. ${sameName}`,
    evidence: 'recorded',
  },
  host_has_cname: {
    status: 400,
    code: 81054,
    message: `A CNAME record with that host already exists. ${sameName}`,
    evidence: 'recorded',
  },
  dns_record_exists: {
    status: 400,
    code: 81058,
    message: 'An identical record already exists.',
    evidence: 'recorded',
  },
  // Of Worker routes; `[pattern]` is the one that was sent.
  unknown_worker_route: {
    status: 404,
    code: 10005,
    message: 'workers.api.error.not_found',
    evidence: 'documented',
  },
  worker_route_exists: {
    status: 409,
    code: 10020,
    message: 'workers.api.error.duplicate_route',
    evidence: 'recorded',
  },
  pattern_outside_zone: {
    status: 400,
    code: 10022,
    message: 'Route pattern must include zone name: [pattern]',
    evidence: 'recorded',
  },
  pattern_wildcard_inside: {
    status: 400,
    code: 10022,
    message:
      'Route pattern may only contain wildcards at the beginning of the hostname and the end of the path: [pattern]',
    evidence: 'documented',
  },
  pattern_has_query: {
    status: 400,
    code: 10022,
    message: 'Route pattern should not have query parameters [pattern]',
    evidence: 'documented',
  },
  pattern_unreadable: {
    status: 400,
    code: 10022,
    message: 'Could not understand route pattern [pattern], please try a different pattern',
    evidence: 'documented',
  },
  worker_request_invalid: {
    status: 400,
    code: 10026,
    message: 'workers.api.error.parse_body',
    evidence: 'documented',
  },
} as const
