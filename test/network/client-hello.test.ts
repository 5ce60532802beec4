/** The server name in a ClientHello, from Node's own hellos, truncated and corrupted in every way. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { readHello } from '../../emulator/network/tls/client-hello.ts'
import { helloOf } from './server.ts'

/** The same handshake message in records of `size` bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const piece = message.subarray(at, at + size)
    records.push(Buffer.from([0x16, 3, 1, piece.length >> 8, piece.length & 0xff]), piece)
  }
  return Buffer.concat(records)
}

describe('a ClientHello', () => {
  let named: Buffer
  beforeAll(async () => {
    named = await helloOf('App.Example.com')
  })

  test('yields its name in lower case', () => {
    expect(readHello(named)).toEqual({ kind: 'hello', name: 'app.example.com' })
  })

  test('may have none', async () => {
    expect(readHello(await helloOf(null))).toEqual({ kind: 'hello' })
  })

  test('is partial until its last byte has come', () => {
    for (let length = 1; length < named.length; length++) {
      expect(readHello(named.subarray(0, length))).toEqual({ kind: 'partial' })
    }
  })

  test.each([1, 3, 100])('may come in records of %i bytes', (size) => {
    const bytes = inRecords(named, size)
    expect(readHello(bytes)).toEqual({ kind: 'hello', name: 'app.example.com' })
    expect(readHello(bytes.subarray(0, -1))).toEqual({ kind: 'partial' })
  })

  test('followed by more data is still read', () => {
    expect(readHello(Buffer.concat([named, Buffer.alloc(50, 7)]))).toMatchObject({ kind: 'hello' })
  })

  test.each([
    ['another version of the record', [0x16, 2]],
    ['an empty record', [0x16, 3, 1, 0, 0]],
    ['a record that is too long', [0x16, 3, 1, 0xff, 0xff]],
    ['another message', [0x16, 3, 1, 0, 4, 2, 0, 0, 0]],
    ['a message that is too long', [0x16, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]],
    ['an empty message', [0x16, 3, 1, 0, 4, 1, 0, 0, 0]],
    ['another record within', [0x16, 3, 1, 0, 1, 1, 0x17, 3, 1]],
  ])('is garbage with %s', (_, bytes) => {
    expect(readHello(Buffer.from(bytes))).toEqual({ kind: 'garbage' })
  })

  test('with any byte changed is read, awaited or refused, and never throws', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const spoilt = Buffer.from(named)
        spoilt[at % spoilt.length] = value
        expect(['partial', 'hello', 'garbage']).toContain(readHello(spoilt).kind)
      }),
      { numRuns: 2_000 },
    )
  })
})
