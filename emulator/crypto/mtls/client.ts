/** What a TLS connection reveals about its client. */
import type { X509Certificate } from 'node:crypto'

export interface TlsClientFacts {
  /** As presented: not verified yet, but the client has its key. */
  readonly certificate?: X509Certificate | undefined
}
