/** The SSH encodings (RFC 4251, 5) that keys and certificates need. */

/** `string`: the length in four bytes, then the bytes. */
export function string(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint32(bytes.length), bytes])
}

/** `mpint` of a non-negative number, from its big-endian bytes. */
export function mpint(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  const short = first < 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(first))
  const isNegative = ((short[0] ?? 0) & 0x80) !== 0
  return string(isNegative ? Buffer.concat([Buffer.of(0), short]) : short)
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}

/** Splits bytes into strings; undefined if they are anything else. */
export function readStrings(bytes: Buffer): readonly Buffer[] | undefined {
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) return undefined
    found.push(bytes.subarray(at + 4, end))
    at = end
  }
  return found
}
