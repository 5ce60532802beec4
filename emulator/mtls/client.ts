/** What a client's TLS connection says of it. */
import type { X509Certificate } from 'node:crypto'

export interface TlsClientFacts {
  /** As it was presented: verified by nobody yet, but the client has the key. */
  readonly certificate?: X509Certificate | undefined
}
