/** Situations in which only the client's request is wrong, made by API calls alone. */
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import {
  type Fixture,
  pairHeaders,
  people,
  type Request,
  type SituationMaker,
  serviceAuth,
} from './situation.ts'

/** Machines and people are admitted, and the client sends this request. */
function sending(
  request: (
    pair: { client_id: string; client_secret: string },
    fixture: Fixture,
  ) => Partial<Request>,
  fields: Readonly<Record<string, unknown>> = {},
): SituationMaker {
  return async (fixture) => {
    const pair = await fixture.token()
    await fixture.application([serviceAuth(pair), people], fields)
    const url = `https://${fixture.host}/`
    return { url, pair, observed: [{ url, ...request(pair, fixture) }] }
  }
}

/** A page of an application for people makes another request, as its browser sends it. */
function fetching(path: string, headers: Readonly<Record<string, string>>): SituationMaker {
  return async (fixture) => {
    await fixture.application([people])
    const url = `https://${fixture.host}${path}`
    return { url, observed: [{ url, headers }] }
  }
}

const inJson = (pair: { client_id: string; client_secret: string }, isLower: boolean) =>
  JSON.stringify({
    [isLower ? 'cf-access-client-id' : 'CF-Access-Client-Id']: pair.client_id,
    [isLower ? 'cf-access-client-secret' : 'CF-Access-Client-Secret']: pair.client_secret,
  })
const readsJson = { read_service_tokens_from_header: 'Authorization' }

export const requestWorlds: Partial<Record<ModeId, SituationMaker>> = {
  async 'token-header-missing'(fixture) {
    const made = await sending(({ client_id }) => ({ headers: pairHeaders({ client_id }) }))(
      fixture,
    )
    return { ...made, url: made?.url ?? '', pair: { client_id: made?.pair?.client_id ?? '' } }
  },
  async 'token-header-malformed'(fixture) {
    const pasted = (pair: { client_id: string; client_secret: string }) => ({
      client_id: `CF-Access-Client-Id: ${pair.client_id}`,
      client_secret: `CF-Access-Client-Secret: ${pair.client_secret}`,
    })
    const pair = await fixture.token()
    await fixture.application([serviceAuth(pair), people])
    const url = `https://${fixture.host}/`
    return { url, pair: pasted(pair), observed: [{ url, headers: pairHeaders(pasted(pair)) }] }
  },
  'token-single-header-case': sending(
    (pair) => ({ headers: { authorization: inJson(pair, false) } }),
    readsJson,
  ),
  'token-single-header-off': sending((pair) => ({
    headers: { authorization: inJson(pair, true) },
  })),
  'token-both-headers': sending(
    (pair) => ({ headers: { ...pairHeaders(pair), authorization: inJson(pair, true) } }),
    readsJson,
  ),
  'answer-401-for-xhr': sending(() => ({ headers: { 'x-requested-with': 'XMLHttpRequest' } })),
  'answer-401-managed-oauth': sending(() => ({ headers: { accept: 'application/json' } }), {
    oauth_configuration: { enabled: true },
  }),
  'session-ended-fetch': fetching('/api/items', {
    'sec-fetch-dest': 'empty',
    'sec-fetch-mode': 'cors',
    cookie: 'theme=dark',
  }),
  'session-ended-service-worker': fetching('/sw.js', {
    'service-worker': 'script',
    'sec-fetch-dest': 'serviceworker',
    cookie: 'theme=dark',
  }),
  'manifest-without-credentials': fetching('/manifest.webmanifest', {
    'sec-fetch-dest': 'manifest',
  }),
  'preflight-refused': sending(() => ({
    method: 'OPTIONS',
    headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' },
  })),
  async 'cookie-overflow'(fixture) {
    const pair = await fixture.token()
    await fixture.application([serviceAuth(pair), people])
    const url = `https://${fixture.host}/`
    const one = `CF_Authorization=${await fixture.tokenFor(url, pair)}`
    const cookie = Array(Math.ceil((128 * 1024) / one.length))
      .fill(one)
      .join('; ')
    return { url, pair, observed: [{ url, headers: { ...pairHeaders(pair), cookie } }] }
  },
  'redirect-followed': sending(() => ({ redirect: 'follow' })),
  async 'login-identity-refused'(fixture) {
    await fixture.application([people])
    const url = `https://${fixture.host}/`
    const session = await fixture.emulator.fetch(url, { redirect: 'manual' })
    const login = await fixture.emulator.fetch(session.headers.get('location') ?? '')
    const cookie = (login.headers.getSetCookie()[0] ?? '').split(';', 1).join()
    const asked = await fixture.emulator.fetch(
      `https://${fixture.team}/cdn-cgi/access/verify-code/${fixture.host}`,
      {
        method: 'POST',
        headers: { cookie },
        body: new URLSearchParams({ email: 'stranger@example.net' }),
        redirect: 'manual',
      },
    )
    const nonce = new URL(asked.headers.get('location') ?? '', url).searchParams.get('nonce') ?? ''
    const callback = {
      method: 'POST',
      url: `https://${fixture.team}/cdn-cgi/access/callback`,
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ nonce, code: '000000' }).toString(),
    }
    return { url, observed: [callback] }
  },
  async 'exchange-no-cookie'(fixture) {
    const pair = await fixture.token()
    await fixture.application([serviceAuth(pair)])
    return { url: `https://${fixture.host}/`, pair }
  },
}
