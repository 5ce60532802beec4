/** Failure modes reproduced by API calls and time alone, without the mode switch. */
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { apiWorlds } from './cases-api.ts'
import { programWorlds } from './cases-programs.ts'
import { requestWorlds } from './cases-requests.ts'
import { tokenWorlds } from './cases-tokens.ts'
import {
  anyAddress,
  elsewhere,
  type Fixture,
  good,
  pairHeaders,
  people,
  type Situation,
  type SituationMaker,
  serviceAuth,
  wrong,
} from './situation.ts'

const exchangePath = '/cdn-cgi/access/service/auth'
const unknownAud = 'dead'.repeat(16)

async function refusedWith(
  fixture: Fixture,
  change: (token: Awaited<ReturnType<Fixture['token']>>) => Promise<object | undefined>,
  body: Readonly<Record<string, unknown>> = {},
): Promise<Situation> {
  const token = await fixture.token(body)
  await fixture.application([serviceAuth(token), people])
  const changed = await change(token)
  return { url: `https://${fixture.host}/`, pair: { ...token, ...changed } }
}

const hosts: Partial<Record<ModeId, SituationMaker>> = {
  async 'dns-missing'(fixture) {
    if (fixture.profile === 'expected') return undefined
    return { url: `https://${fixture.host}/`, pair: await fixture.token() }
  },
  async 'host-not-protected'(fixture) {
    await fixture.record()
    return { url: `https://${fixture.host}/`, pair: await fixture.token() }
  },
  async 'host-unmatched-denied'(fixture) {
    await fixture.record()
    await fixture.api.organizations.patch({ body: { deny_unmatched_requests: true } })
    return { url: `https://${fixture.host}/`, pair: await fixture.token() }
  },
  async 'path-not-covered'(fixture) {
    const pair = await fixture.token()
    await fixture.application([serviceAuth(pair)], { domain: `${fixture.host}/alpha/*` })
    return { url: `https://${fixture.host}/alpha`, pair }
  },
  async 'domain-malformed'(fixture) {
    await fixture.record()
    const pair = await fixture.token()
    await fixture.application([serviceAuth(pair)], {
      domain: `${fixture.host}/alpha ${fixture.host}/beta`,
    })
    return { url: `https://${fixture.host}/alpha`, pair }
  },
  async 'wildcard-level'(fixture) {
    await fixture.record()
    const pair = await fixture.token()
    await fixture.application([serviceAuth(pair)], { domain: `*.${fixture.host}` })
    return { url: `https://a.b.${fixture.host}/`, pair }
  },
  async 'origin-not-found'(fixture) {
    const { pair } = await good(fixture)
    return { url: `https://${fixture.host}/status/404`, pair }
  },
  async 'application-deleted'(fixture) {
    const { pair, application, url } = await good(fixture)
    await fixture.api.applications.delete({ app_id: application.id })
    return { url, pair, aud: application.aud }
  },
  async 'application-recreated'(fixture) {
    const { pair, application, url } = await good(fixture)
    await fixture.api.applications.delete({ app_id: application.id })
    await fixture.application([])
    return { url, pair, aud: application.aud }
  },
  async 'organization-unknown'(fixture) {
    await good(fixture)
    return { url: 'https://nobody-has-this-team.cloudflareaccess.com/cdn-cgi/access/get-identity' }
  },
  async 'login-application-unknown'(fixture) {
    return {
      url: `https://${fixture.team}/cdn-cgi/access/login/${fixture.host}?kid=${unknownAud}`,
    }
  },
  async 'login-on-application-host'(fixture) {
    const { application } = await good(fixture)
    return {
      url: `https://${fixture.host}/cdn-cgi/access/login/${fixture.host}?kid=${application.aud}`,
    }
  },
}

const serviceAuthPaths: Partial<Record<ModeId, SituationMaker>> = {
  async 'service-auth-absent'(fixture) {
    if (fixture.profile === 'expected') return undefined
    const { pair } = await good(fixture, { withPeople: true })
    return {
      url: `https://${fixture.host}${exchangePath}`,
      pair,
      observed: [
        {
          method: 'POST',
          url: `https://${fixture.host}${exchangePath}`,
          headers: pairHeaders(pair),
        },
      ],
    }
  },
  async 'service-auth-absent-team'(fixture) {
    if (fixture.profile === 'expected') return undefined
    const { pair, application } = await good(fixture)
    const url = `https://${fixture.team}${exchangePath}?aud=${application.aud}`
    return { url, pair, observed: [{ method: 'POST', url, headers: pairHeaders(pair) }] }
  },
  async 'service-auth-wrong-method'(fixture) {
    const { pair } = await good(fixture)
    const url = `https://${fixture.host}${exchangePath}`
    return { url, pair, observed: [{ url, headers: pairHeaders(pair) }] }
  },
  async 'service-auth-unknown-aud'(fixture) {
    const { pair } = await good(fixture)
    const url = `https://${fixture.host}${exchangePath}`
    const headers = { ...pairHeaders(pair), 'content-type': 'application/json' }
    const body = JSON.stringify({ aud: unknownAud })
    return { url, pair, aud: unknownAud, observed: [{ method: 'POST', url, headers, body }] }
  },
  async 'access-path-unknown'(fixture) {
    const { pair } = await good(fixture, { withPeople: true })
    return { url: `https://${fixture.host}/cdn-cgi/access/service/token`, pair }
  },
}

const serviceTokens: Partial<Record<ModeId, SituationMaker>> = {
  'token-wrong-secret': (fixture) => refusedWith(fixture, async () => ({ client_secret: wrong })),
  'token-unknown': (fixture) =>
    refusedWith(fixture, async () => ({ client_id: `${'ab'.repeat(16)}.access` })),
  'token-expired': (fixture) =>
    refusedWith(fixture, () => fixture.pass(3 * 3600).then(() => ({})), { duration: '2h' }),
  'token-disabled': (fixture) =>
    refusedWith(fixture, async ({ id }) => {
      await fixture.api.serviceTokens.replace({ service_token_id: id, body: { enabled: false } })
      return {}
    }),
  'token-rotated': (fixture) =>
    refusedWith(fixture, async ({ id }) => {
      await fixture.pass(3600)
      await fixture.api.serviceTokens.rotate({ service_token_id: id })
      return {}
    }),
  async 'token-deleted'(fixture) {
    const pair = await fixture.token()
    await fixture.application([
      { decision: 'non_identity', include: [{ any_valid_service_token: {} }] },
      people,
    ])
    const url = `https://${fixture.host}/`
    const token = await fixture.tokenFor(url, pair)
    await fixture.api.serviceTokens.delete({ service_token_id: pair.id })
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

const policies: Partial<Record<ModeId, SituationMaker>> = {
  async 'token-under-allow'(fixture) {
    const pair = await fixture.token()
    await fixture.application([{ ...serviceAuth(pair), decision: 'allow' }])
    return { url: `https://${fixture.host}/`, pair }
  },
  async 'token-not-included'(fixture) {
    const [pair, other] = [await fixture.token(), await fixture.token({ name: 'another' })]
    await fixture.application([serviceAuth(other)])
    return { url: `https://${fixture.host}/`, pair }
  },
  async 'policy-require-fails'(fixture) {
    const pair = await fixture.token()
    await fixture.application([{ ...serviceAuth(pair), require: [elsewhere] }])
    return { url: `https://${fixture.host}/`, pair }
  },
  async 'policy-exclude-matches'(fixture) {
    const pair = await fixture.token()
    await fixture.application([
      {
        decision: 'non_identity',
        include: [{ any_valid_service_token: {} }],
        exclude: serviceAuth(pair).include,
      },
    ])
    return { url: `https://${fixture.host}/`, pair }
  },
  async 'policy-block-first'(fixture) {
    const pair = await fixture.token()
    await fixture.application([
      { decision: 'deny', include: anyAddress },
      { ...serviceAuth(pair), decision: 'allow' },
      people,
    ])
    return { url: `https://${fixture.host}/`, pair }
  },
  async 'policy-missing'(fixture) {
    const pair = await fixture.token()
    await fixture.application([])
    return { url: `https://${fixture.host}/`, pair }
  },
  async 'policy-bypass'(fixture) {
    const pair = await fixture.token()
    await fixture.application([
      { decision: 'bypass', include: [{ everyone: {} }] },
      serviceAuth(pair),
    ])
    return { url: `https://${fixture.host}/`, pair }
  },
  async 'answer-401-by-setting'(fixture) {
    const pair = await fixture.token()
    await fixture.application([serviceAuth(pair)], { service_auth_401_redirect: true })
    return { url: `https://${fixture.host}/`, pair: { ...pair, client_secret: wrong } }
  },
}

export const situations: Partial<Record<ModeId, SituationMaker>> = {
  ...hosts,
  ...serviceAuthPaths,
  ...serviceTokens,
  ...policies,
  ...requestWorlds,
  ...programWorlds,
  ...tokenWorlds,
  ...apiWorlds,
}
