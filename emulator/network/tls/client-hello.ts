/** Reads the server name in a TLS ClientHello before TLS is set up, so that no certificate is made for names not served. */
import { readAuthority } from '../hosts.ts'

export type ClientHello =
  /** More bytes are needed. */
  | { readonly kind: 'partial' }
  /** `name` is in lower case, without trailing dot; absent if the client sends none. */
  | { readonly kind: 'hello'; readonly name?: string }
  | { readonly kind: 'garbage' }

/** The first byte of a TLS connection: the record type `handshake`. */
export const handshakeRecord = 0x16

/** The longest ClientHello accepted, in bytes; browsers with post-quantum keys send about two thousand. */
const longest = 64 * 1024

const clientHello = 1
const serverName = 0
const hostName = 0

const garbage: ClientHello = { kind: 'garbage' }
const partial: ClientHello = { kind: 'partial' }

/** Parses the bytes received so far (RFC 8446 4.1.2, 5.1; RFC 6066 3). Never throws. */
export function readHello(bytes: Buffer): ClientHello {
  const message = handshakeOf(bytes)
  if (!Buffer.isBuffer(message)) return message
  try {
    return helloOf(message)
  } catch {
    return garbage
  }
}

/** The handshake message without its record headers, or why there is none yet. */
function handshakeOf(bytes: Buffer): Buffer | ClientHello {
  const pieces: Buffer[] = []
  let have = 0
  let need = 4
  for (let at = 0; have < need; ) {
    const type = bytes[at]
    if (type !== undefined && type !== handshakeRecord) return garbage
    const major = bytes[at + 1]
    if (major !== undefined && major !== 3) return garbage
    if (bytes.length < at + 5) return partial
    const length = bytes.readUInt16BE(at + 3)
    if (length === 0 || length > 16 * 1024) return garbage
    const piece = bytes.subarray(at + 5, at + 5 + length)
    pieces.push(piece)
    have += piece.length
    at += 5 + length
    if (have < 4) {
      if (piece.length < length) return partial
      continue
    }
    const head = Buffer.concat(pieces, 4)
    if (head[0] !== clientHello) return garbage
    need = 4 + head.readUIntBE(1, 3)
    if (need > longest) return garbage
    if (have < need && piece.length < length) return partial
  }
  return Buffer.concat(pieces).subarray(4, need)
}

/** @throws RangeError if a length points beyond the end */
function helloOf(message: Buffer): ClientHello {
  const versionAndRandom = 2 + 32
  let at = versionAndRandom
  at += 1 + message.readUInt8(at) // session id
  at += 2 + message.readUInt16BE(at) // cipher suites
  at += 1 + message.readUInt8(at) // compression methods
  if (at === message.length) return { kind: 'hello' }
  const end = at + 2 + message.readUInt16BE(at)
  at += 2
  if (end !== message.length) return garbage
  while (at < end) {
    const type = message.readUInt16BE(at)
    const length = message.readUInt16BE(at + 2)
    if (type === serverName) return nameIn(message.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return { kind: 'hello' }
}

function nameIn(extension: Buffer): ClientHello {
  if (extension.readUInt8(2) !== hostName) return garbage
  const length = extension.readUInt16BE(3)
  if (length === 0 || extension.length < 5 + length) return garbage
  const name = extension
    .toString('latin1', 5, 5 + length)
    .toLowerCase()
    .replace(/\.$/, '')
  return readAuthority(name)?.name === name ? { kind: 'hello', name } : garbage
}
