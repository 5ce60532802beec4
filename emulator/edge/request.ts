/** A request to a host behind the edge, read once: host, normalised path, client and ray. */
import type { Account, Journal, RequestFacts } from '../account/account.ts'
import { clientIpHeader } from '../http/client-address.ts'
import type { Stamp } from '../http/reply.ts'
import type { ClientCertificate } from './client-certificate.ts'

/**
 * Headers by which a proxy on this machine may describe the client, so that geography and certificates can be tested; to a
 * shared emulator, only with an admin token in `access-emulator-token`. Over TLS a certificate counts only if the client
 * presents it.
 */
export const frontHeaders = {
  ip: clientIpHeader,
  country: 'access-emulator-country',
  commonName: 'access-emulator-certificate-common-name',
} as const

export interface EdgeRequest extends RequestFacts, Stamp, ClientCertificate {
  /** What the host is: of an application, or of a team. */
  readonly place: 'application' | 'team'
  readonly account: Account | undefined
  /** The account's journal, or that of requests without an account. */
  readonly journal: Journal
  /** Whether an origin is configured for the host. */
  readonly hasOrigin: boolean
  /** With its question mark, or empty. */
  readonly query: string
}
