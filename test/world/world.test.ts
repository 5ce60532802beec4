/** A World's time, entropy and keys, and that they are reproducible. */
import { X509Certificate } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { certificate } from '../../emulator/crypto/certificates.ts'
import { alphanumeric, clientSecret, hex, uuidFrom } from '../../emulator/world/ids.ts'
import { sameSecret } from '../../emulator/world/secrets.ts'
import { createWorld } from '../../emulator/world/world.ts'

const at = '2026-11-01T00:00:00Z'
const atMs = Date.parse(at)

/** Whether a promise has settled, once everything that can run now has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  promise.then(() => {
    done = true
  })
  await new Promise((next) => setImmediate(next))
  return done
}

/** The only wait here, to show that nothing happens while the wall clock moves. */
async function wallClockReaches(ms: number): Promise<void> {
  while (Date.now() < ms) await new Promise((next) => setImmediate(next))
}

describe('clock', () => {
  test('a World with a fixed time is frozen there', async () => {
    const world = createWorld({ at })
    await wallClockReaches(Date.now() + 2)
    expect(world.now()).toBe(atMs)
    expect(world.clock.state()).toEqual({ mode: 'frozen', now: atMs })
  })

  test('a moment with a trailing plus starts there and runs', async () => {
    const world = createWorld({ at: `${at}+` })
    await expect.poll(() => world.now()).toBeGreaterThan(atMs)
    expect(world.now()).toBeLessThan(atMs + 60_000)
    expect(world.clock.state().mode).toBe('running')
  })

  test('a world given no moment follows the wall clock', () => {
    const world = createWorld()
    const before = Date.now()
    expect(world.now()).toBeGreaterThanOrEqual(before)
    expect(world.now()).toBeLessThanOrEqual(Date.now())
  })

  test.each(['soon', '2026-11-01', '2026-11-01T00:00:00', '2026-13-01T00:00:00Z', '', '+'])(
    'the moment "%s" is refused',
    (text) => {
      expect(() => createWorld({ at: text })).toThrow(/is not a date and time: expected ISO 8601/)
    },
  )

  test('advance moves a frozen clock and leaves it frozen', () => {
    const world = createWorld({ at })
    world.clock.advance(1500)
    expect(world.clock.state()).toEqual({ mode: 'frozen', now: atMs + 1500 })
  })

  test('advance shifts a real clock, and real takes the shift away', () => {
    const world = createWorld()
    world.clock.advance(3_600_000)
    expect(world.clock.state().mode).toBe('running')
    expect(world.now() - Date.now()).toBeGreaterThan(3_599_000)
    world.clock.real()
    expect(Math.abs(world.now() - Date.now())).toBeLessThan(1000)
  })

  test.each([-1, Number.NaN])('advance by %d is refused', (ms) => {
    expect(() => createWorld({ at }).clock.advance(ms)).toThrow(RangeError)
  })
})

describe('sleep', () => {
  test('under a frozen clock ends when the clock passes it, and not before', async () => {
    const world = createWorld({ at })
    const slept = world.sleep(1000)
    world.clock.advance(999)
    expect(await settled(slept)).toBe(false)
    world.clock.advance(1)
    expect(await settled(slept)).toBe(true)
  })

  test('sleepers wake in the order of their moments', async () => {
    const world = createWorld({ at })
    const woken: string[] = []
    const all = [
      world.sleep(300).then(() => woken.push('late')),
      world.sleep(100).then(() => woken.push('early')),
      world.sleep(200).then(() => woken.push('between')),
    ]
    world.clock.advance(300)
    await Promise.all(all)
    expect(woken).toEqual(['early', 'between', 'late'])
  })

  test('a sleep of nothing ends at once', async () => {
    expect(await settled(createWorld({ at }).sleep(0))).toBe(true)
  })

  test('freezing the clock pauses a sleep, and running it again lets the sleep end', async () => {
    const world = createWorld()
    const slept = world.sleep(20)
    world.clock.freeze(world.now())
    await wallClockReaches(Date.now() + 25)
    expect(await settled(slept)).toBe(false)
    world.clock.real()
    await slept
  })

  test('setting the clock back does not prolong a sleep', async () => {
    const world = createWorld({ at })
    const slept = world.sleep(1000)
    world.clock.freeze(atMs - 86_400_000)
    world.clock.advance(1000)
    expect(await settled(slept)).toBe(true)
  })
})

describe('entropy', () => {
  test('the same entropy and label give the same bytes in every world', () => {
    const bytes = () => hex(createWorld({ entropy: 'one' }).bytes(40, 'account', 'aud', 1))
    expect(bytes()).toBe(bytes())
    expect(bytes()).toMatch(/^[0-9a-f]{80}$/)
  })

  test('bytes are the ones of earlier releases', () => {
    const world = createWorld({ entropy: 'one' })
    expect(hex(world.bytes(40, 'account', 'aud', 1))).toMatchInlineSnapshot(
      `"ae34526e9878eac4162255b7cfb2c34c424c774d1a59847da13de1c2d8cf7111e163bc5c8907c70a"`,
    )
  })

  test('labels that read alike when joined give different bytes', () => {
    const world = createWorld({ entropy: 'one' })
    const labels = [['ab', 'c'], ['a', 'bc'], ['abc'], ['a', 1], ['a', '1'], ['a1'], ['a,1'], []]
    const seen = new Set(labels.map((label) => hex(world.bytes(16, ...label))))
    expect(seen.size).toBe(labels.length)
  })

  test('a longer answer begins with the shorter one', () => {
    const world = createWorld({ entropy: 'one' })
    expect(hex(world.bytes(100, 'x')).startsWith(hex(world.bytes(33, 'x')))).toBe(true)
    expect(world.bytes(100, 'x')).toHaveLength(100)
    expect(world.bytes(0, 'x')).toHaveLength(0)
  })

  test('other entropy, or none, yields other bytes', () => {
    const worlds = [createWorld({ entropy: 'one' }), createWorld({ entropy: 'two' })]
    const all = [...worlds, createWorld(), createWorld()].map((world) => hex(world.bytes(16, 'x')))
    expect(new Set(all).size).toBe(4)
  })

  test.each([
    [{ entropy: 'one' }, true],
    [{}, false],
    [{ entropy: 'one', freshKeys: true }, false],
  ])('a world of %j is deterministic: %s', (options, deterministic) => {
    expect(createWorld(options).deterministic).toBe(deterministic)
  })
})

describe('ids', () => {
  const bytes = (n: number) => createWorld({ entropy: 'ids' }).bytes(n, 'ids')

  test('a UUID has version 4 and the RFC variant, whatever the bytes', () => {
    const v4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    expect(uuidFrom(bytes(16))).toMatch(v4)
    expect(uuidFrom(new Uint8Array(16))).toBe('00000000-0000-4000-8000-000000000000')
    expect(uuidFrom(new Uint8Array(16).fill(255))).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff')
  })

  test('alphanumerics use all 62 characters about equally', () => {
    const text = alphanumeric(bytes(6200), 6200)
    const counts = new Map<string, number>()
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
    expect(counts.size).toBe(62)
    expect(Math.max(...counts.values())).toBeLessThan(160)
    expect(Math.min(...counts.values())).toBeGreaterThan(50)
  })

  test('a client secret is cfast_, 40 alphanumerics and a checksum of them', () => {
    const secret = clientSecret(bytes(40))
    expect(secret).toMatch(/^cfast_[0-9A-Za-z]{48}$/)
    const other = clientSecret(createWorld({ entropy: 'other' }).bytes(40, 'ids'))
    expect(other.slice(-8)).not.toBe(secret.slice(-8))
    expect(clientSecret(bytes(40))).toBe(secret)
  })

  test('too few bytes are refused', () => {
    expect(() => uuidFrom(bytes(15))).toThrow(RangeError)
    expect(() => alphanumeric(bytes(7), 8)).toThrow(RangeError)
    expect(() => clientSecret(bytes(39))).toThrow(RangeError)
  })

  test.each([
    ['secret', 'secret', true],
    ['secret', 'secreT', false],
    ['secret', 'secrets', false],
    ['', 'secret', false],
    ['', '', true],
  ])('sameSecret of "%s" and "%s" is %s', (a, b, same) => {
    expect(sameSecret(a, b)).toBe(same)
  })
})

describe('keys', () => {
  const { keys } = createWorld()

  test('an index gives the same key in every World, and the pool wraps after 16', async () => {
    const [key, other, again] = await Promise.all([
      keys.pick(3),
      createWorld().keys.pick(3),
      keys.pick(19),
    ])
    expect(other.publicJwk).toEqual(key.publicJwk)
    expect(again).toBe(key)
    expect(await again.private()).toBe(await key.private())
  })

  test('the 16 published keys differ, and a kid is 64 hex characters', async () => {
    const all = await Promise.all(Array.from({ length: 16 }, (_, index) => keys.pick(index)))
    expect(new Set(all.map((key) => key.publicJwk.n)).size).toBe(16)
    for (const { kid } of all) expect(kid).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(all.map((key) => key.kid)).size).toBe(16)
  })

  test('a public key has the members of certs in their order, and nothing private', async () => {
    const { publicJwk } = await keys.pick(0)
    expect(Object.keys(publicJwk)).toEqual(['kid', 'kty', 'alg', 'use', 'e', 'n'])
  })

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'the index %d is refused',
    async (index) => {
      await expect(keys.pick(index)).rejects.toThrow(RangeError)
    },
  )

  test('a JWT signed by the private key verifies with the public one', async () => {
    const { kid, publicJwk, private: privateKey } = await keys.pick(5)
    const sign = async () =>
      new SignJWT({ common_name: 'x' })
        .setProtectedHeader({ alg: 'RS256', kid })
        .sign(await privateKey())
    const jwt = await sign()
    const { payload } = await jwtVerify(jwt, { ...publicJwk })
    expect(payload.common_name).toBe('x')
    expect(await sign()).toBe(jwt)
  })

  test('fresh keys are never published, and each is created once', async () => {
    const fresh = createWorld({ freshKeys: true }).keys
    const [first, again] = await Promise.all([fresh.pick(0), fresh.pick(0)])
    expect(again).toBe(first)
    const published = await Promise.all(Array.from({ length: 16 }, (_, i) => keys.pick(i)))
    expect(published.map((key) => key.kid)).not.toContain(first.kid)
    expect((await first.private()).type).toBe('private')
  })
})

describe('certificates', () => {
  const validity = { notBeforeMs: atMs, notAfterMs: atMs + 14 * 86_400_000 }

  test('a certificate carries the key, its validity and the issuer’s name', async () => {
    const key = await createWorld().keys.pick(1)
    const parsed = new X509Certificate(await certificate(key, validity))
    expect(parsed.subject).toBe('CN=Access emulator\\, not Cloudflare')
    expect(parsed.serialNumber).toBe(`01${key.kid.slice(0, 30).toUpperCase()}`)
    expect(parsed.verify(parsed.publicKey)).toBe(true)
    expect(parsed.publicKey.export({ format: 'jwk' }).n).toBe(key.publicJwk.n)
    expect(Date.parse(parsed.validFrom)).toBe(validity.notBeforeMs)
    expect(Date.parse(parsed.validTo)).toBe(validity.notAfterMs)
  })

  test('equal input gives equal bytes, another validity does not', async () => {
    const key = await createWorld().keys.pick(1)
    const pem = await certificate(key, validity)
    expect(await certificate(await createWorld().keys.pick(1), validity)).toBe(pem)
    expect(pem).toMatch(/^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----$/)
    const later = { ...validity, notAfterMs: validity.notAfterMs + 1000 }
    expect(await certificate(key, later)).not.toBe(pem)
  })
})
