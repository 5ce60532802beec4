/** SSH keys and certificates for tests: written by `node:crypto`, parsed according to the format's specification. */
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { expect } from 'vitest'
import { readStrings, string } from '../../../emulator/crypto/ssh/wire.ts'

/** A key of cloudflared: ECDSA on P-256, as `ssh-keygen` would write its public half. */
export function keyOfPerson(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([
    Buffer.of(4),
    ...[x, y].map((half) => Buffer.from(half, 'base64url')),
  ])
  const blob = Buffer.concat(['ecdsa-sha2-nistp256', 'nistp256', point].map(string))
  return `ecdsa-sha2-nistp256 ${blob.toString('base64')}\n`
}

/** The fields of an ssh-ed25519 key, without a known private key. */
export const ed25519 = Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(32, 9))]).toString(
  'base64',
)

/** The parts of an ECDSA certificate whose places depend on nothing before them but strings (PROTOCOL.certkeys). */
export function readCertificate(line: string) {
  const [type = '', base64 = ''] = line.split(' ')
  const blob = Buffer.from(base64, 'base64')
  let at = 0
  const next = () => {
    const length = blob.readUInt32BE(at)
    at += 4 + length
    return blob.subarray(at - length, at)
  }
  const number = () => {
    at += 8
    return blob.readBigUInt64BE(at - 8)
  }
  expect(next().toString()).toBe(type)
  const [nonce, curve, point, serial] = [next(), next(), next(), number()]
  const kind = blob.readUInt32BE(at)
  at += 4
  const id = next().toString()
  const principals = readStrings(next())?.map(String)
  const [after, before] = [number(), number()]
  const [critical, extensions, reserved] = [next(), next(), next()]
  const signer = next()
  const signed = blob.subarray(0, at)
  const signature = next()
  expect([at, critical.length, reserved.length, curve.toString()]).toEqual([
    ...[blob.length, 0, 0],
    'nistp256',
  ])
  const names = readStrings(extensions)?.map(String)
  return {
    nonce,
    point,
    serial,
    kind,
    id,
    principals,
    after,
    before,
    names,
    signer,
    signed,
    signature,
  }
}

/** Whether the CA with this line signed it, according to `node:crypto`. */
export function isSignedBy(ca: string, signed: Buffer, signature: Buffer): boolean {
  const [, , point = Buffer.alloc(65)] =
    readStrings(Buffer.from(ca.split(' ')[1] ?? '', 'base64')) ?? []
  const [x = '', y = ''] = [point.subarray(1, 33), point.subarray(33)].map((half) =>
    half.toString('base64url'),
  )
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  const [, numbers = Buffer.alloc(0)] = readStrings(signature) ?? []
  const halves = (readStrings(numbers) ?? []).map((each) =>
    Buffer.concat([Buffer.alloc(32), each]).subarray(-32),
  )
  return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat(halves))
}
