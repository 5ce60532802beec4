/** OpenSSH user certificates (its PROTOCOL.certkeys) in the `…-cert-v01@openssh.com` format. */
import type { SshAuthority } from './authority.ts'
import type { SshPublicKey } from './public-key.ts'
import { string, uint32, uint64 } from './wire.ts'

export interface UserCertificate {
  readonly publicKey: SshPublicKey
  /** Makes the signed bytes unpredictable to the owner of the public key. */
  readonly nonce: Uint8Array
  readonly serial: bigint
  /** Identifies the certificate in sshd's log. */
  readonly id: string
  /** The users that its holder may log in as. */
  readonly principals: readonly string[]
  /** Seconds since the epoch. */
  readonly validAfter: number
  readonly validBefore: number
}

const ofUser = 1

/** `ssh-keygen`'s default extensions, in the order that the format requires. */
const extensions = [
  'permit-X11-forwarding',
  'permit-agent-forwarding',
  'permit-port-forwarding',
  'permit-pty',
  'permit-user-rc',
]

/** The certificate as one line, signed by an authority. */
export function certificateLine(certificate: UserCertificate, authority: SshAuthority): string {
  const { publicKey, nonce, serial, id, principals, validAfter, validBefore } = certificate
  const type = `${publicKey.type}-cert-v01@openssh.com`
  const signed = Buffer.concat([
    string(type),
    string(nonce),
    publicKey.fields,
    uint64(serial),
    uint32(ofUser),
    string(id),
    string(Buffer.concat(principals.map(string))),
    uint64(BigInt(validAfter)),
    uint64(BigInt(validBefore)),
    string(''),
    string(Buffer.concat(extensions.flatMap((name) => [string(name), string('')]))),
    string(''),
    string(authority.blob),
  ])
  const whole = Buffer.concat([signed, string(authority.sign(signed))])
  return `${type} ${whole.toString('base64')}`
}
