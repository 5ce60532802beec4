/** Certificate authorities for SSH: ECDSA keys on P-256, like Access's own (api-short-lived-certificate-ca-key). */
import { privateKeyFrom, publicPoint, signEcdsa } from './ecdsa.ts'
import { mpint, string } from './wire.ts'

const type = 'ecdsa-sha2-nistp256'

/** The comment at the end of every CA key. */
const comment = 'open-ssh-ca@cloudflareaccess.org'

export interface SshAuthority {
  /** The line for sshd's `TrustedUserCAKeys`. */
  readonly publicKey: string
  /** The same key as encoded in certificates (RFC 5656, 3.1). */
  readonly blob: Uint8Array
  /** RFC 5656, 3.1.2. */
  sign(message: Uint8Array): Uint8Array
}

/** Derives an authority from a secret of at least 40 bytes, deterministically. */
export function authorityOf(secret: Uint8Array): SshAuthority {
  const privateKey = privateKeyFrom(secret)
  const fields = [type, 'nistp256', publicPoint(privateKey)]
  const blob = Buffer.concat(fields.map(string))
  return {
    publicKey: `${type} ${blob.toString('base64')} ${comment}`,
    blob,
    sign(message) {
      const { r, s } = signEcdsa(message, privateKey)
      return Buffer.concat([string(type), string(Buffer.concat([mpint(r), mpint(s)]))])
    },
  }
}
