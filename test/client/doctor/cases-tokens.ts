/** Situations in which the edge, or a verifier at the origin, refuses an application token; made by API calls alone. */
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose'
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import {
  type Fixture,
  good,
  pairHeaders,
  people,
  type Request,
  type SituationMaker,
  serviceAuth,
  wrong,
} from './situation.ts'

const asCookie = (token: string) => ({ cookie: `CF_Authorization=${token}` })

/** The pair gets a token, then something happens, then the token alone is sent. */
function sendingToken(
  happens: (fixture: Fixture, made: Awaited<ReturnType<typeof good>>) => Promise<unknown>,
  { withPeople = true, headers = asCookie } = {},
): SituationMaker {
  return async (fixture) => {
    const made = await good(fixture, { withPeople })
    const { url, pair } = made
    const token = await fixture.tokenFor(url, pair)
    await happens(fixture, made)
    return { url, pair, observed: [{ url, headers: headers(token) }] }
  }
}

/** Two applications, and a token of one sent to the other. */
async function tokenOfAnother(fixture: Fixture) {
  const pair = await fixture.token()
  await fixture.application([serviceAuth(pair), people])
  const host = `other.${fixture.zone}`
  await fixture.application([serviceAuth(pair), people], { domain: host, name: 'Other' })
  const token = await fixture.tokenFor(`https://${host}/`, pair)
  return { url: `https://${fixture.host}/`, pair, token }
}

/** The response of an origin whose verifier makes this check, in jose's own wording. */
function originSaying(
  verify: (token: string, keys: JSONWebKeySet, fixture: Fixture) => Promise<unknown>,
): SituationMaker {
  return async (fixture) => {
    const { url, pair } = await good(fixture)
    const token = await fixture.tokenFor(url, pair)
    const certs = await fixture.emulator.fetch(`https://${fixture.team}/cdn-cgi/access/certs`)
    const keys = (await certs.json()) as JSONWebKeySet
    const said = await verify(token, keys, fixture).then(
      () => 'accepted',
      (error: unknown) => (error instanceof errors.JOSEError ? error.message : String(error)),
    )
    const refusal: Request = {
      url,
      headers: { 'cf-access-jwt-assertion': token },
      answered: { status: 401, body: `Unauthorized: ${said}` },
    }
    return { url, pair, observed: [refusal] }
  }
}

export const tokenWorlds: Partial<Record<ModeId, SituationMaker>> = {
  'jwt-replay-refused': sendingToken(async () => {}, { withPeople: false }),
  'jwt-as-bearer': sendingToken(async () => {}, {
    headers: (token) => ({ cookie: '', authorization: `Bearer ${token}` }),
  }),
  async 'jwt-expired'(fixture) {
    const pair = await fixture.token()
    await fixture.application([serviceAuth(pair), people], { session_duration: '30m' })
    const url = `https://${fixture.host}/`
    const token = await fixture.tokenFor(url, pair)
    await fixture.pass(3600)
    return { url, pair, observed: [{ url, headers: asCookie(token) }] }
  },
  async 'jwt-other-application'(fixture) {
    const { url, pair, token } = await tokenOfAnother(fixture)
    return { url, pair, observed: [{ url, headers: asCookie(token) }] }
  },
  async 'cookie-overwritten'(fixture) {
    const { url, pair, token } = await tokenOfAnother(fixture)
    return { url, pair, observed: [{ url, headers: { ...asCookie(token), ...pairHeaders(pair) } }] }
  },
  async 'jwt-without-binding-cookie'(fixture) {
    const pair = await fixture.token()
    await fixture.application([serviceAuth(pair), people], { enable_binding_cookie: true })
    const url = `https://${fixture.host}/`
    const { application_token } = await fixture.emulator.control.createSession({
      body: { email: 'ada@example.com', application: fixture.host },
    })
    return { url, pair, observed: [{ url, headers: asCookie(application_token ?? '') }] }
  },
  'jwt-revoked': sendingToken(async (fixture, { application }) => {
    await fixture.pass(60)
    await fixture.api.applications.revokeTokens({ app_id: application.id })
  }),
  async 'cookie-ignored-strict'(fixture) {
    const { url, pair } = await good(fixture, { withPeople: true })
    const token = await fixture.tokenFor(url, pair)
    const bad = { ...pair, client_secret: wrong }
    return {
      url,
      pair: bad,
      observed: [{ url, headers: { ...asCookie(token), ...pairHeaders(bad) } }],
    }
  },
  'organization-renamed': sendingToken(async (fixture) => {
    const { auth_domain } = await fixture.api.organizations.get()
    await fixture.api.organizations.patch({ body: { auth_domain: `renamed-${auth_domain}` } })
  }),
  'issuer-mismatch': originSaying((token, keys) =>
    jwtVerify(token, createLocalJWKSet(keys), {
      issuer: 'https://another-team.cloudflareaccess.com',
      currentDate: new Date('2026-01-02T03:04:05Z'),
    }),
  ),
  'claims-unexpected': originSaying((token, keys) =>
    jwtVerify(token, createLocalJWKSet(keys), {
      requiredClaims: ['email'],
      currentDate: new Date('2026-01-02T03:04:05Z'),
    }),
  ),
  'clock-skew': originSaying((token, keys) =>
    jwtVerify(token, createLocalJWKSet(keys), {
      maxTokenAge: '1h',
      currentDate: new Date('2026-01-01T03:04:05Z'),
    }),
  ),
  'verifier-first-key': originSaying(async (token, { keys }) => {
    const { kid } = decodeProtectedHeader(token)
    // The order of the two keys is not settled, so pick the wrong one explicitly.
    const other = keys.find((key) => key.kid !== kid)
    return jwtVerify(token, await importJWK(other ?? {}, 'RS256'))
  }),
}
