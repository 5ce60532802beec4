/** Whether an emulator's certificates chain to the authority in this user's state folder; one in a container has its own. */
import { connect } from 'node:tls'
import { endpointOf } from '../network/endpoint.ts'

/** Also true if it cannot be known, because nothing there speaks TLS. */
export function hasSameAuthority(address: URL, certPem: string): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (same: boolean) => {
      socket.destroy()
      resolve(same)
    }
    const socket = connect({
      ...endpointOf(address),
      servername: 'api.cloudflare.com',
      ca: certPem,
      timeout: 5_000,
    })
    socket.once('secureConnect', () => end(true))
    socket.once('timeout', () => end(true))
    socket.once('error', (error: NodeJS.ErrnoException) => end(!unverified.has(error.code ?? '')))
  })
}

const unverified = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_SIGNATURE_FAILURE',
])
