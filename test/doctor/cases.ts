/** Failure modes made again by API calls alone, and time: nothing here asks the mode switch. */
import type { ModeId } from '../../contracts/modes/catalogue.ts'
import { apiWorlds } from './cases-api.ts'
import { requestWorlds } from './cases-requests.ts'
import { tokenWorlds } from './cases-tokens.ts'
import {
  anyAddress,
  elsewhere,
  good,
  type Make,
  pairHeaders,
  people,
  serviceAuth,
  type Workshop,
  type World,
  wrong,
} from './situation.ts'

const exchangePath = '/cdn-cgi/access/service/auth'
const unknownAud = 'dead'.repeat(16)

async function refusedWith(
  shop: Workshop,
  change: (token: Awaited<ReturnType<Workshop['token']>>) => Promise<object | undefined>,
  body: Readonly<Record<string, unknown>> = {},
): Promise<World> {
  const token = await shop.token(body)
  await shop.application([serviceAuth(token), people])
  const changed = await change(token)
  return { url: `https://${shop.host}/`, pair: { ...token, ...changed } }
}

const hosts: Partial<Record<ModeId, Make>> = {
  async 'dns-missing'(shop) {
    if (shop.profile === 'expected') return undefined
    return { url: `https://${shop.host}/`, pair: await shop.token() }
  },
  async 'host-not-protected'(shop) {
    await shop.record()
    return { url: `https://${shop.host}/`, pair: await shop.token() }
  },
  async 'host-unmatched-denied'(shop) {
    await shop.record()
    await shop.api.organizations.patch({ body: { deny_unmatched_requests: true } })
    return { url: `https://${shop.host}/`, pair: await shop.token() }
  },
  async 'path-not-covered'(shop) {
    const pair = await shop.token()
    await shop.application([serviceAuth(pair)], { domain: `${shop.host}/alpha/*` })
    return { url: `https://${shop.host}/alpha`, pair }
  },
  async 'domain-malformed'(shop) {
    await shop.record()
    const pair = await shop.token()
    await shop.application([serviceAuth(pair)], {
      domain: `${shop.host}/alpha ${shop.host}/beta`,
    })
    return { url: `https://${shop.host}/alpha`, pair }
  },
  async 'wildcard-level'(shop) {
    await shop.record()
    const pair = await shop.token()
    await shop.application([serviceAuth(pair)], { domain: `*.${shop.host}` })
    return { url: `https://a.b.${shop.host}/`, pair }
  },
  async 'origin-not-found'(shop) {
    const { pair } = await good(shop)
    return { url: `https://${shop.host}/status/404`, pair }
  },
  async 'application-deleted'(shop) {
    const { pair, application, url } = await good(shop)
    await shop.api.applications.delete({ app_id: application.id })
    return { url, pair, aud: application.aud }
  },
  async 'application-recreated'(shop) {
    const { pair, application, url } = await good(shop)
    await shop.api.applications.delete({ app_id: application.id })
    await shop.application([])
    return { url, pair, aud: application.aud }
  },
  async 'organization-unknown'(shop) {
    await good(shop)
    return { url: 'https://nobody-has-this-team.cloudflareaccess.com/cdn-cgi/access/get-identity' }
  },
  async 'login-application-unknown'(shop) {
    return {
      url: `https://${shop.team}/cdn-cgi/access/login/${shop.host}?kid=${unknownAud}`,
    }
  },
  async 'login-on-application-host'(shop) {
    const { application } = await good(shop)
    return { url: `https://${shop.host}/cdn-cgi/access/login/${shop.host}?kid=${application.aud}` }
  },
}

const serviceAuthPaths: Partial<Record<ModeId, Make>> = {
  async 'service-auth-absent'(shop) {
    if (shop.profile === 'expected') return undefined
    const { pair } = await good(shop, { withPeople: true })
    return {
      url: `https://${shop.host}${exchangePath}`,
      pair,
      observed: [
        {
          method: 'POST',
          url: `https://${shop.host}${exchangePath}`,
          headers: pairHeaders(pair),
        },
      ],
    }
  },
  async 'service-auth-absent-team'(shop) {
    if (shop.profile === 'expected') return undefined
    const { pair, application } = await good(shop)
    const url = `https://${shop.team}${exchangePath}?aud=${application.aud}`
    return { url, pair, observed: [{ method: 'POST', url, headers: pairHeaders(pair) }] }
  },
  async 'service-auth-wrong-method'(shop) {
    const { pair } = await good(shop)
    const url = `https://${shop.host}${exchangePath}`
    return { url, pair, observed: [{ url, headers: pairHeaders(pair) }] }
  },
  async 'service-auth-unknown-aud'(shop) {
    const { pair } = await good(shop)
    const url = `https://${shop.host}${exchangePath}`
    const headers = { ...pairHeaders(pair), 'content-type': 'application/json' }
    const body = JSON.stringify({ aud: unknownAud })
    return { url, pair, aud: unknownAud, observed: [{ method: 'POST', url, headers, body }] }
  },
  async 'access-path-unknown'(shop) {
    const { pair } = await good(shop, { withPeople: true })
    return { url: `https://${shop.host}/cdn-cgi/access/service/token`, pair }
  },
}

const serviceTokens: Partial<Record<ModeId, Make>> = {
  'token-wrong-secret': (shop) => refusedWith(shop, async () => ({ client_secret: wrong })),
  'token-unknown': (shop) =>
    refusedWith(shop, async () => ({ client_id: `${'ab'.repeat(16)}.access` })),
  'token-expired': (shop) =>
    refusedWith(shop, () => shop.pass(3 * 3600).then(() => ({})), { duration: '2h' }),
  'token-disabled': (shop) =>
    refusedWith(shop, async ({ id }) => {
      await shop.api.serviceTokens.replace({ service_token_id: id, body: { enabled: false } })
      return {}
    }),
  'token-rotated': (shop) =>
    refusedWith(shop, async ({ id }) => {
      await shop.pass(3600)
      await shop.api.serviceTokens.rotate({ service_token_id: id })
      return {}
    }),
  async 'token-deleted'(shop) {
    const pair = await shop.token()
    await shop.application([
      { decision: 'non_identity', include: [{ any_valid_service_token: {} }] },
      people,
    ])
    const url = `https://${shop.host}/`
    const token = await shop.tokenFor(url, pair)
    await shop.api.serviceTokens.delete({ service_token_id: pair.id })
    const headers = { ...pairHeaders(pair), cookie: `CF_Authorization=${token}` }
    return {
      url,
      pair,
      observed: [
        { url, headers },
        { url, headers: pairHeaders(pair) },
      ],
    }
  },
}

const policies: Partial<Record<ModeId, Make>> = {
  async 'token-under-allow'(shop) {
    const pair = await shop.token()
    await shop.application([{ ...serviceAuth(pair), decision: 'allow' }])
    return { url: `https://${shop.host}/`, pair }
  },
  async 'token-not-included'(shop) {
    const [pair, other] = [await shop.token(), await shop.token({ name: 'another' })]
    await shop.application([serviceAuth(other)])
    return { url: `https://${shop.host}/`, pair }
  },
  async 'policy-require-fails'(shop) {
    const pair = await shop.token()
    await shop.application([{ ...serviceAuth(pair), require: [elsewhere] }])
    return { url: `https://${shop.host}/`, pair }
  },
  async 'policy-exclude-matches'(shop) {
    const pair = await shop.token()
    await shop.application([
      {
        decision: 'non_identity',
        include: [{ any_valid_service_token: {} }],
        exclude: serviceAuth(pair).include,
      },
    ])
    return { url: `https://${shop.host}/`, pair }
  },
  async 'policy-block-first'(shop) {
    const pair = await shop.token()
    await shop.application([
      { decision: 'deny', include: anyAddress },
      { ...serviceAuth(pair), decision: 'allow' },
      people,
    ])
    return { url: `https://${shop.host}/`, pair }
  },
  async 'policy-missing'(shop) {
    const pair = await shop.token()
    await shop.application([])
    return { url: `https://${shop.host}/`, pair }
  },
  async 'policy-bypass'(shop) {
    const pair = await shop.token()
    await shop.application([{ decision: 'bypass', include: [{ everyone: {} }] }, serviceAuth(pair)])
    return { url: `https://${shop.host}/`, pair }
  },
  async 'answer-401-by-setting'(shop) {
    const pair = await shop.token()
    await shop.application([serviceAuth(pair)], { service_auth_401_redirect: true })
    return { url: `https://${shop.host}/`, pair: { ...pair, client_secret: wrong } }
  },
}

export const worlds: Partial<Record<ModeId, Make>> = {
  ...hosts,
  ...serviceAuthPaths,
  ...serviceTokens,
  ...policies,
  ...requestWorlds,
  ...tokenWorlds,
  ...apiWorlds,
}
