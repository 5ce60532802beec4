/** Public keys of SSH users, as `ssh-keygen` and cloudflared write them: `<type> <base64> [<comment>]`. */
import { readStrings } from './wire.ts'

export interface SshPublicKey {
  /** `ecdsa-sha2-nistp256` */
  readonly type: string
  /** The key's encoded fields after the type. */
  readonly fields: Buffer
}

const curves = { nistp256: 65, nistp384: 97, nistp521: 133 } as const

/** The types of key that can be certified, each with a check of its fields (RFC 4253, 5656 and 8709). */
const types: Readonly<Record<string, (fields: readonly Buffer[]) => boolean>> = {
  'ssh-ed25519': ([key, ...rest]) => key?.length === 32 && rest.length === 0,
  'ssh-rsa': ([exponent, modulus, ...rest]) =>
    exponent !== undefined && (modulus?.length ?? 0) >= 128 && rest.length === 0,
  ...Object.fromEntries(
    Object.entries(curves).map(([curve, length]) => [
      `ecdsa-sha2-${curve}`,
      ([name, point, ...rest]: readonly Buffer[]) =>
        name?.toString('latin1') === curve &&
        point?.length === length &&
        point[0] === 4 &&
        rest.length === 0,
    ]),
  ),
}

/** Undefined if the line is not a public key of a type that can be certified. */
export function readPublicKey(line: string): SshPublicKey | undefined {
  const [, type = '', base64 = ''] = /^([\w-]+) ([\w+/]+={0,2})(?: .*)?\n?$/.exec(line) ?? []
  const isGood = Object.hasOwn(types, type) ? types[type] : undefined
  const blob = Buffer.from(base64, 'base64')
  const [name, ...fields] = readStrings(blob) ?? []
  if (name?.toString('latin1') !== type || !isGood?.(fields)) return undefined
  return { type, fields: blob.subarray(4 + name.length) }
}
