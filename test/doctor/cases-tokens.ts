/** Worlds in which an application token is refused, by the edge or by a verifier at the origin; by API calls alone. */
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose'
import type { ModeId } from '../../contracts/modes/catalogue.ts'
import {
  good,
  type Make,
  pairHeaders,
  people,
  type Request,
  serviceAuth,
  type Workshop,
  wrong,
} from './situation.ts'

const asCookie = (token: string) => ({ cookie: `CF_Authorization=${token}` })

/** The pair was given a token, then something happened, then the token alone is sent. */
function sendingToken(
  happens: (shop: Workshop, made: Awaited<ReturnType<typeof good>>) => Promise<unknown>,
  { withPeople = true, headers = asCookie } = {},
): Make {
  return async (shop) => {
    const made = await good(shop, { withPeople })
    const { url, pair } = made
    const token = await shop.tokenFor(url, pair)
    await happens(shop, made)
    return { url, pair, observed: [{ url, headers: headers(token) }] }
  }
}

/** Two applications, and a token of one before the other. */
async function tokenOfAnother(shop: Workshop) {
  const pair = await shop.token()
  await shop.application([serviceAuth(pair), people])
  const host = `other.${shop.zone}`
  await shop.application([serviceAuth(pair), people], { domain: host, name: 'Other' })
  const token = await shop.tokenFor(`https://${host}/`, pair)
  return { url: `https://${shop.host}/`, pair, token }
}

/** What an origin says whose verifier checks so: the words are jose's own. */
function originSaying(
  verify: (token: string, keys: JSONWebKeySet, shop: Workshop) => Promise<unknown>,
): Make {
  return async (shop) => {
    const { url, pair } = await good(shop)
    const token = await shop.tokenFor(url, pair)
    const certs = await shop.emulator.fetch(`https://${shop.team}/cdn-cgi/access/certs`)
    const keys = (await certs.json()) as JSONWebKeySet
    const said = await verify(token, keys, shop).then(
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

export const tokenWorlds: Partial<Record<ModeId, Make>> = {
  'jwt-replay-refused': sendingToken(async () => {}, { withPeople: false }),
  'jwt-as-bearer': sendingToken(async () => {}, {
    headers: (token) => ({ cookie: '', authorization: `Bearer ${token}` }),
  }),
  async 'jwt-expired'(shop) {
    const pair = await shop.token()
    await shop.application([serviceAuth(pair), people], { session_duration: '30m' })
    const url = `https://${shop.host}/`
    const token = await shop.tokenFor(url, pair)
    await shop.pass(3600)
    return { url, pair, observed: [{ url, headers: asCookie(token) }] }
  },
  async 'jwt-other-application'(shop) {
    const { url, pair, token } = await tokenOfAnother(shop)
    return { url, pair, observed: [{ url, headers: asCookie(token) }] }
  },
  async 'cookie-overwritten'(shop) {
    const { url, pair, token } = await tokenOfAnother(shop)
    return { url, pair, observed: [{ url, headers: { ...asCookie(token), ...pairHeaders(pair) } }] }
  },
  async 'jwt-without-binding-cookie'(shop) {
    const pair = await shop.token()
    await shop.application([serviceAuth(pair), people], { enable_binding_cookie: true })
    const url = `https://${shop.host}/`
    const { application_token } = await shop.emulator.control.createSession({
      body: { email: 'ada@example.com', application: shop.host },
    })
    return { url, pair, observed: [{ url, headers: asCookie(application_token ?? '') }] }
  },
  'jwt-revoked': sendingToken(async (shop, { application }) => {
    await shop.pass(60)
    await shop.api.applications.revokeTokens({ app_id: application.id })
  }),
  async 'cookie-ignored-strict'(shop) {
    const { url, pair } = await good(shop, { withPeople: true })
    const token = await shop.tokenFor(url, pair)
    const bad = { ...pair, client_secret: wrong }
    return {
      url,
      pair: bad,
      observed: [{ url, headers: { ...asCookie(token), ...pairHeaders(bad) } }],
    }
  },
  'organization-renamed': sendingToken(async (shop) => {
    const { auth_domain } = await shop.api.organizations.get()
    await shop.api.organizations.patch({ body: { auth_domain: `renamed-${auth_domain}` } })
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
    // Which of the two comes first is not settled: it takes the one that it should not.
    const other = keys.find((key) => key.kid !== kid)
    return jwtVerify(token, await importJWK(other ?? {}, 'RS256'))
  }),
}
