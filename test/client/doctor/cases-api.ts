/** Situations in which the API refuses: a healthy account, and a call that is wrong. */
import type { ApiTokenBody } from '../../../contracts/api/api-tokens.ts'
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import {
  type Fixture,
  type Request,
  type Situation,
  type SituationMaker,
  serviceAuth,
} from './situation.ts'

const nobody = '00000000-0000-4000-8000-000000000000'
const root = 'https://api.cloudflare.com/client/v4'

interface Call {
  readonly path: string
  readonly method?: string
  readonly body?: unknown
  readonly api_token?: string
  readonly isBare?: true
}

function refused(
  call: (fixture: Fixture, account: string) => Call | Promise<Call>,
): SituationMaker {
  return async (fixture): Promise<Situation> => {
    const { account } = fixture.emulator
    const { path, method, body, api_token, isBare } = await call(fixture, `/accounts/${account.id}`)
    const url = root + path
    const authorization = `Bearer ${api_token ?? account.api_token}`
    const request: Request = {
      url,
      headers: {
        ...(isBare ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(method === undefined ? {} : { method }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }
    return { url, observed: [request], ...(api_token === undefined ? {} : { api_token }) }
  }
}

/** Another API token of the account, with the permissions of nothing but DNS. */
async function limitedToken(
  { emulator }: Fixture,
  more: Partial<Pick<ApiTokenBody, 'kind' | 'status' | 'condition'>> = {},
): Promise<string> {
  const policies = [{ permission_groups: [{ name: 'DNS Read' }] }]
  const { value } = await emulator.control.createToken({
    body: { name: 'limited', policies, ...more },
  })
  return value
}

export const apiWorlds: Partial<Record<ModeId, SituationMaker>> = {
  'api-application-unknown': refused((_, account) => ({
    path: `${account}/access/apps/${nobody}`,
  })),
  'api-object-unknown': refused((_, account) => ({
    path: `${account}/access/service_tokens/${nobody}`,
  })),
  'api-route-unknown': refused((_, account) => ({ path: `${account}/access/apps/not-an-id` })),
  'api-wrong-scope': refused(async (fixture) => ({
    path: `/zones/${fixture.zone_id}/access/service_tokens/${(await fixture.token()).id}/rotate`,
    method: 'POST',
  })),
  'api-no-credentials': refused((_, account) => ({ path: `${account}/access/apps`, isBare: true })),
  'api-token-malformed': refused((fixture, account) => ({
    path: `${account}/access/apps`,
    api_token: `"${fixture.emulator.account.api_token}"`,
  })),
  'api-token-unknown': refused((_, account) => ({
    path: `${account}/access/apps`,
    api_token: 'nobody-made-this-api-token-0000000000000',
  })),
  'api-permission-missing': refused(async (fixture, account) => ({
    path: `${account}/access/tags`,
    method: 'POST',
    body: { name: 'x' },
    api_token: await limitedToken(fixture, { kind: 'account' }),
  })),
  'api-token-expired': refused(async (fixture, account) => ({
    path: `${account}/access/apps`,
    api_token: await limitedToken(fixture, { kind: 'account', status: 'disabled' }),
  })),
  'api-token-location': refused(async (fixture, account) => ({
    path: `${account}/access/apps`,
    api_token: await limitedToken(fixture, { condition: { request_ip: { in: ['192.0.2.1'] } } }),
  })),
  'api-account-foreign': refused(() => ({ path: `/accounts/${'f'.repeat(32)}/access/apps` })),
  'api-application-exists': refused(async (fixture, account) => {
    await fixture.application([])
    const body = { type: 'self_hosted', name: 'second', domain: fixture.host }
    return { path: `${account}/access/apps`, method: 'POST', body }
  }),
  'api-token-in-use': refused(async (fixture, account) => {
    const token = await fixture.token()
    await fixture.application([serviceAuth(token)])
    return { path: `${account}/access/service_tokens/${token.id}`, method: 'DELETE' }
  }),
  'policy-names-client-id': refused(async (fixture, account) => {
    const { client_id } = await fixture.token()
    const include = [{ service_token: { token_id: client_id } }]
    const body = { name: 'names a client id', decision: 'non_identity', include }
    return { path: `${account}/access/policies`, method: 'POST', body }
  }),
}
