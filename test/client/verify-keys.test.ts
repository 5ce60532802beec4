/** When `verifyToken` fetches a team's keys, and what it does while it cannot. */
import { UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { pinnedFetch } from '../../client/transport/pinned-fetch.ts'
import { createVerifier, type VerifierOptions } from '../../client/verify/verify.ts'
import { contents, spellings } from '../contracts/odd-encodings.ts'
import { aud, handClock, makeKey, serviceClaims } from './profiles.ts'
import { startStub } from './stub.ts'

const [key, next] = await Promise.all(['k1', 'k2'].map(makeKey))
if (!key || !next) throw new Error('two keys')
const minute = 60_000
const day = 1440 * minute

/** A team whose key set answers 503 while `served.isDown`. */
async function verifierOf(options: Partial<VerifierOptions> = {}) {
  const served = { isDown: false, keys: [key] }
  const stub = await startStub(() =>
    served.isDown
      ? { status: 503 }
      : { body: JSON.stringify({ keys: served.keys.map((each) => each?.jwk) }) },
  )
  const clock = handClock()
  const fetch = pinnedFetch(stub.url)
  const now = () => clock.ms
  const verifier = createVerifier({ team: 'example', audience: aud, fetch, now, ...options })
  const token = await key?.sign(serviceClaims({ exp: clock.ms / 1000 + 10 * 86_400 }))
  return { ...verifier, stub, served, clock, token: token ?? '' }
}

describe('While the key set cannot be reached', () => {
  test('keys that are known serve on, for a day beyond their age', async () => {
    const { verifyToken, token, served, clock } = await verifierOf()
    await verifyToken(token)
    served.isDown = true
    for (const ms of [11 * minute, day - 5 * minute]) {
      clock.ms += ms
      expect((await verifyToken(token)).kind).toBe('service_token')
    }
    clock.ms += 5 * minute
    await expect(verifyToken(token)).rejects.toMatchObject({ code: 'keys_unavailable' })
  })

  test('that time can be set, even to zero', async () => {
    const { verifyToken, token, served, clock } = await verifierOf({
      maxAge: minute,
      staleIfError: 0,
    })
    await verifyToken(token)
    served.isDown = true
    clock.ms += minute
    await expect(verifyToken(token)).rejects.toMatchObject({ code: 'keys_unavailable' })
    served.isDown = false
    clock.ms += 1000
    expect((await verifyToken(token)).kind).toBe('service_token')
  })

  test('it is requested at most once a second, with or without keys', async () => {
    const { verifyToken, token, served, stub, clock } = await verifierOf()
    served.isDown = true
    for (let time = 0; time < 5; time += 1) {
      await expect(verifyToken(token)).rejects.toMatchObject({ code: 'keys_unavailable' })
    }
    expect(stub.asked).toHaveLength(1)
    served.isDown = false
    clock.ms += 1000
    await verifyToken(token)
    served.isDown = true
    clock.ms += 11 * minute
    for (let time = 0; time < 5; time += 1) await verifyToken(token)
    expect(stub.asked).toHaveLength(3)
  })

  test('a new kid is not reported as unknown: that cannot be known', async () => {
    const { verifyToken, token, served, clock } = await verifierOf()
    await verifyToken(token)
    served.isDown = true
    clock.ms += minute
    const other = await next.sign(serviceClaims())
    await expect(verifyToken(other)).rejects.toMatchObject({ code: 'keys_unavailable' })
  })
})

test('keys that are old are fetched again, and one that was withdrawn no longer counts', async () => {
  const { verifyToken, token, served, stub, clock } = await verifierOf()
  await verifyToken(token)
  served.keys = [next]
  clock.ms += 9 * minute
  await verifyToken(token)
  expect(stub.asked).toHaveLength(1)
  clock.ms += minute
  await expect(verifyToken(token)).rejects.toMatchObject({ code: 'key_unknown' })
  expect(stub.asked).toHaveLength(2)
})

describe('One fetch is in flight', () => {
  test('for all that is verified at once', async () => {
    const { verifyToken, token, stub } = await verifierOf()
    await Promise.all(Array.from({ length: 20 }, () => verifyToken(token)))
    expect(stub.asked).toHaveLength(1)
  })

  test('for many unknown kids, and none until the cooldown is over', async () => {
    const { verifyToken, token, stub, clock } = await verifierOf()
    await verifyToken(token)
    clock.ms += 31_000
    const strange = await Promise.all(
      Array.from({ length: 5 }, (_, at) => next.sign(serviceClaims({ at }))),
    )
    const codes = await Promise.all(
      [...strange, ...strange].map((each) => verifyToken(each).catch(({ code }) => code)),
    )
    expect(new Set(codes)).toEqual(new Set(['key_unknown']))
    expect(stub.asked).toHaveLength(2)
  })
})

describe('Nothing is fetched for', () => {
  const header = (change: object) => ({ typ: 'JWT', alg: 'RS256', kid: 'k1', ...change })
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const unsigned = (change: object, claims: object = serviceClaims()) =>
    `${encoded(header(change))}.${encoded(claims)}.AAAA`

  test.each<readonly [string, string, string]>([
    ['what is no JWT', 'not-a-token', 'malformed'],
    ['two parts', 'e30.e30', 'malformed'],
    ['a header without kid', unsigned({ kid: undefined }), 'key_unknown'],
    ['a kid that is not a string', unsigned({ kid: 7 }), 'key_unknown'],
    ['another algorithm', unsigned({ alg: 'HS256' }), 'algorithm_differs'],
    ['an unsigned token', new UnsecuredJWT(serviceClaims()).encode(), 'algorithm_differs'],
    [
      'a token of another team',
      unsigned({}, serviceClaims({ iss: 'https://evil.example' })),
      'issuer_differs',
    ],
  ])('%s', async (_, token, code) => {
    const { verifyToken, stub } = await verifierOf()
    await expect(verifyToken(token)).rejects.toMatchObject({ code })
    expect(stub.asked).toEqual([])
  })

  test.each(spellings)('a good token with %s', async (_, change) => {
    const { verifyToken, token, stub } = await verifierOf()
    await expect(verifyToken(change(token))).rejects.toMatchObject({ code: 'malformed' })
    expect(stub.asked).toEqual([])
  })

  test.each(contents)('a token with %s', async (_, of) => {
    const { verifyToken, stub } = await verifierOf()
    const parts = of(JSON.stringify(header({})), JSON.stringify(serviceClaims()))
    await expect(verifyToken(`${parts.join('.')}.AAAA`)).rejects.toMatchObject({
      code: 'malformed',
    })
    expect(stub.asked).toEqual([])
  })
})

describe('What is given wrongly fails at once', () => {
  const good: VerifierOptions = { team: 'example', audience: aud }
  test.each<readonly [string, unknown, RegExp]>([
    ['no options', undefined, /takes an options object/],
    ['no audience', { team: 'example' }, /requires the option "audience"/],
    ['an audience that is not a string', { ...good, audience: 7 }, /"audience".* an AUD tag/],
    ['a list with something else in it', { ...good, audience: [aud, null] }, /"audience"/],
    ['a team that is not a string', { ...good, team: {} }, /"team".* a string/],
    ['an issuer that is not a URL', { audience: aud, issuer: 'example' }, /"issuer".* URL/],
    ['an invalid fetch', { ...good, fetch: 'fetch' }, /"fetch".* a function/],
    ['an invalid clock', { ...good, now: 0 }, /"now".* a function/],
    ['a tolerance in words', { ...good, clockTolerance: '5s' }, /"clockTolerance".* seconds/],
    ['a negative cooldown', { ...good, cooldown: -1 }, /"cooldown".* milliseconds/],
    ['an age that is not a number', { ...good, maxAge: Number.NaN }, /"maxAge"/],
    ['an unknown option', { ...good, audiences: [aud] }, /no option "audiences"/],
  ])('%s', (_, options, message) => {
    expect(() => createVerifier(options as VerifierOptions)).toThrow(TypeError)
    expect(() => createVerifier(options as VerifierOptions)).toThrow(message)
  })

  test.each([undefined, null, 7, {}, { headers: {} }])('verifyToken of %j', async (given) => {
    const { verifyToken } = createVerifier(good)
    const failed = verifyToken(given as never)
    await expect(failed).rejects.toThrow(TypeError)
    await expect(failed).rejects.toThrow(/takes a token as a string, or a Request/)
  })
})
