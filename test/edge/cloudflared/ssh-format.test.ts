/** The parts of SSH certificates: signatures and key encodings. */
import { describe, expect, test } from 'vitest'
import { signEcdsa } from '../../../emulator/crypto/ssh/ecdsa.ts'
import { readPublicKey } from '../../../emulator/crypto/ssh/public-key.ts'
import { mpint, string } from '../../../emulator/crypto/ssh/wire.ts'
import { ed25519 } from './ssh-certificate.ts'

test('signatures are those of RFC 6979, A.2.5', () => {
  const key = Buffer.from('C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721', 'hex')
  const hex = ({ r, s }: ReturnType<typeof signEcdsa>) =>
    [r, s].map((half) => Buffer.from(half).toString('hex').toUpperCase())
  expect(hex(signEcdsa(Buffer.from('sample'), key))).toEqual([
    'EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716',
    'F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8',
  ])
  expect(hex(signEcdsa(Buffer.from('test'), key))).toEqual([
    'F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367',
    '019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083',
  ])
})

describe('the encodings of SSH', () => {
  test.each([
    [[], '00000000'],
    [[0, 0], '00000000'],
    [[0x7f], '000000017f'],
    [[0, 0x80], '000000020080'],
  ])('mpint of %j is %s', (bytes, text) => {
    expect(mpint(Uint8Array.from(bytes)).toString('hex')).toBe(text)
  })

  test.each([
    '',
    'ssh-ed25519',
    `ssh-ed25519 ${ed25519}\nssh-ed25519 ${ed25519}\n`,
    `ssh-dss ${ed25519}`,
    `constructor ${ed25519}`,
    `ssh-ed25519 ${ed25519.slice(0, 40)}`,
    `ssh-ed25519 ${Buffer.concat([string('ssh-ed25519'), string('short')]).toString('base64')}`,
  ])('%j is no public key', (line) => {
    expect(readPublicKey(line)).toBeUndefined()
  })
})
