/** `verifyToken` at an origin: which tokens it accepts, which it rejects and why, and key rotation. */
import { UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { AccessTokenError } from '../../client/transport/errors.ts'
import { pinnedFetch } from '../../client/transport/pinned-fetch.ts'
import { createVerifier, type VerifierOptions } from '../../client/verify/verify.ts'
import { aud, makeKey, nowMs, pair, serviceClaims, team } from './profiles.ts'
import { startStub } from './stub.ts'

const [key, next, forger] = await Promise.all(['k1', 'k2', 'k1'].map(makeKey))
if (!key || !next || !forger) throw new Error('three keys')

async function originWith(keys: { jwk: object }[], options: Partial<VerifierOptions> = {}) {
  const served = { keys }
  const stub = await startStub(() => ({
    body: JSON.stringify({ keys: served.keys.map(({ jwk }) => jwk) }),
  }))
  const verifier = createVerifier({
    team: 'example',
    audience: aud,
    fetch: pinnedFetch(stub.url),
    now: () => nowMs,
    cooldown: 0,
    ...options,
  })
  return { ...verifier, stub, served }
}

const iat = nowMs / 1000
const person = {
  ...serviceClaims({ common_name: undefined }),
  aud: [aud],
  email: 'ada@example.com',
  sub: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  nbf: iat,
}

test('a service token is distinguished from a user', async () => {
  const { verifyToken, stub } = await originWith([key])
  expect(await verifyToken(await key.sign(serviceClaims()))).toMatchObject({
    kind: 'service_token',
    common_name: pair.client_id,
    aud: [aud],
    expires_at: '2026-11-24T11:00:00Z',
  })
  expect(await verifyToken(await key.sign(person))).toMatchObject({
    kind: 'identity',
    email: 'ada@example.com',
    sub: person.sub,
  })
  expect(stub.asked).toHaveLength(1)
  expect(stub.asked[0]).toMatchObject({ host: team, path: '/cdn-cgi/access/certs' })
})

test.each<[string, (token: string) => Record<string, string>]>([
  ['its header', (token) => ({ 'cf-access-jwt-assertion': token, cookie: 'CF_Authorization=bad' })],
  ['its cookie', (token) => ({ cookie: `a=1; CF_Authorization=${token}; b=2` })],
])('a request is verified by %s', async (_, headers) => {
  const { verifyToken } = await originWith([key])
  const token = await key.sign(serviceClaims())
  const request = new Request('https://app.example.com/', { headers: headers(token) })
  expect((await verifyToken(request)).kind).toBe('service_token')
})

describe('a token is refused', () => {
  const hour = 3600
  test.each<[string, Record<string, unknown>, string]>([
    ['that has expired', { exp: iat }, 'expired'],
    ['that has no expiry', { exp: undefined }, 'malformed'],
    ['that is not valid yet', { nbf: iat + hour }, 'not_yet_valid'],
    ['for another application', { aud: 'dead'.repeat(16) }, 'audience_differs'],
    ['for no application', { aud: undefined }, 'audience_differs'],
    ['of another team', { iss: 'https://other.cloudflareaccess.com' }, 'issuer_differs'],
    ['whose issuer ends in a slash', { iss: `https://${team}/` }, 'issuer_differs'],
    ['of a global session', { type: 'org' }, 'not_an_application_token'],
    ['without a subject', { common_name: '' }, 'not_an_application_token'],
  ])('%s', async (_, claims, code) => {
    const { verifyToken } = await originWith([key])
    const token = await key.sign(serviceClaims(claims))
    await expect(verifyToken(token)).rejects.toThrow(AccessTokenError)
    await expect(verifyToken(token)).rejects.toMatchObject({ code })
  })

  test('whose signature is not that of the key it names', async () => {
    const { verifyToken } = await originWith([key])
    const token = await forger.sign(serviceClaims())
    await expect(verifyToken(token)).rejects.toMatchObject({ code: 'signature_bad' })
  })

  test.each([
    ['unsigned', new UnsecuredJWT(serviceClaims()).encode(), 'algorithm_differs'],
    ['no JWT', 'x.y.z', 'malformed'],
    ['nothing', '', 'malformed'],
  ])('that is %s', async (_, token, code) => {
    const { verifyToken } = await originWith([key])
    await expect(verifyToken(token)).rejects.toMatchObject({ code })
  })

  test('signed otherwise than with RS256, even where the key would allow it', async () => {
    const { alg: _, ...jwk } = key.jwk
    const { verifyToken } = await originWith([{ ...key, jwk }])
    const token = await key.sign(serviceClaims(), 'PS256')
    await expect(verifyToken(token)).rejects.toMatchObject({ code: 'algorithm_differs' })
  })

  test('that a request does not carry', async () => {
    const { verifyToken, stub } = await originWith([])
    const request = new Request('https://app.example.com/')
    await expect(verifyToken(request)).rejects.toMatchObject({ code: 'absent' })
    expect(stub.asked).toEqual([])
  })

  test('when the keys cannot be had', async () => {
    const stub = await startStub(() => ({
      status: 404,
      body: 'Unable to find your Access organization!',
    }))
    const { verifyToken } = createVerifier({
      team: 'gone',
      audience: aud,
      fetch: pinnedFetch(stub.url),
    })
    const token = await key.sign(serviceClaims({ iss: 'https://gone.cloudflareaccess.com' }))
    await expect(verifyToken(token)).rejects.toMatchObject({ code: 'keys_unavailable' })
  })

  test('unless clocks may differ so much', async () => {
    const token = await key.sign(serviceClaims({ exp: iat - 4 }))
    const { verifyToken } = await originWith([key], { clockTolerance: 5 })
    expect((await verifyToken(token)).kind).toBe('service_token')
  })
})

describe('a rotation', () => {
  test('needs no restart: an unknown kid fetches the keys again', async () => {
    const { verifyToken, stub, served } = await originWith([key])
    await verifyToken(await key.sign(serviceClaims()))
    served.keys = [key, next]
    await verifyToken(await next.sign(serviceClaims()))
    await verifyToken(await key.sign(serviceClaims()))
    expect(stub.asked).toHaveLength(2)
  })

  test('does not let strangers fetch the keys at will', async () => {
    const { verifyToken, stub } = await originWith([key], { cooldown: 30_000 })
    for (let time = 0; time < 3; time += 1) {
      const token = await next.sign(serviceClaims())
      await expect(verifyToken(token)).rejects.toMatchObject({ code: 'key_unknown' })
    }
    expect(stub.asked).toHaveLength(1)
  })
})

test('several audiences, an issuer with a slash and another address of the keys are taken', async () => {
  const { verifyToken, stub } = await originWith([key], {
    team: undefined,
    issuer: `https://${team}/`,
    audience: ['other', aud],
    certsUrl: 'https://app.example.com/keys',
  })
  expect((await verifyToken(await key.sign(person))).iss).toBe(`https://${team}`)
  expect(stub.asked[0]).toMatchObject({ host: 'app.example.com', path: '/keys' })
})

test.each<[string, VerifierOptions, RegExp]>([
  ['no team', { audience: aud }, /Neither team nor issuer/],
  ['an invalid team', { team: 'evil.test', audience: aud }, /neither a team name/],
  ['no audience', { team: 'example', audience: [] }, /audience is empty/],
  ['an empty audience', { team: 'example', audience: '' }, /audience is empty/],
])('a verifier with %s is not made', (_, options, message) => {
  expect(() => createVerifier(options)).toThrow(message)
})
