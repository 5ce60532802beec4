/** Certificate authorities for SSH: ECDSA keys on P-256, as those of Access are (api-short-lived-certificate-ca-key). */
import { privateKeyFrom, publicPoint, signEcdsa } from './ecdsa.ts'
import { mpint, string } from './wire.ts'

const type = 'ecdsa-sha2-nistp256'

/** The comment behind every such key. */
const comment = 'open-ssh-ca@cloudflareaccess.org'

export interface SshAuthority {
  /** The line for `TrustedUserCAKeys` of sshd. */
  readonly publicKey: string
  /** The same as certificates name it (RFC 5656, 3.1). */
  readonly blob: Uint8Array
  /** RFC 5656, 3.1.2. */
  sign(message: Uint8Array): Uint8Array
}

/** The authority of a secret of at least 40 bytes; always the same one. */
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
