/** Healthy configurations, made by API calls alone: any cause the doctor reports is a false alarm. */
import { connected, oidcAuthorization, saas, signedIn } from './cases-programs.ts'
import {
  type Fixture,
  good,
  pairHeaders,
  people,
  type Situation,
  serviceAuth,
} from './situation.ts'

type Kind = (fixture: Fixture) => Promise<Situation | undefined>

const anyToken = { any_valid_service_token: {} }

async function withPolicies(
  fixture: Fixture,
  policies: (pair: { readonly id: string }) => Parameters<Fixture['application']>[0],
  fields: Parameters<Fixture['application']>[1] = {},
  path = '/',
): Promise<Situation> {
  const pair = await fixture.token()
  await fixture.application(policies(pair), fields)
  return { url: `https://${fixture.host}${path}`, pair }
}

const machines = (pair: { readonly id: string }) => [serviceAuth(pair)]
const both = (pair: { readonly id: string }) => [serviceAuth(pair), people]

export const healthy: Readonly<Record<string, Kind>> = {
  'machines only': (fixture) => withPolicies(fixture, machines),
  'machines and people': (fixture) => withPolicies(fixture, both),
  'any valid service token': (fixture) =>
    withPolicies(fixture, () => [{ decision: 'non_identity', include: [anyToken] }]),
  async 'a group of service tokens'(fixture) {
    const pair = await fixture.token()
    const include = [{ service_token: { token_id: pair.id } }]
    const group = await fixture.api.groups.create({ body: { name: 'machines', include } })
    await fixture.application([
      { decision: 'non_identity', include: [{ group: { id: group.id } }] },
    ])
    return { url: `https://${fixture.host}/`, pair }
  },
  async 'a group with a require that holds and an exclude that does not match'(fixture) {
    const pair = await fixture.token()
    const { id } = await fixture.api.groups.create({
      body: {
        name: 'machines',
        include: [anyToken],
        require: [{ ip: { ip: '127.0.0.0/8' } }],
        exclude: [{ geo: { country_code: 'AQ' } }],
      },
    })
    await fixture.application([{ decision: 'non_identity', include: [{ group: { id } }] }])
    return { url: `https://${fixture.host}/`, pair }
  },
  'an application of one path': (fixture) =>
    withPolicies(fixture, machines, { domain: `${fixture.host}/admin` }, '/admin/users'),
  async 'a wildcard host'(fixture) {
    const made = await withPolicies(fixture, machines, { domain: `*.${fixture.host}` })
    return { ...made, url: `https://one.${fixture.host}/` }
  },
  async 'several destinations'(fixture) {
    const destinations = ['one', 'two'].map((name) => ({
      type: 'public' as const,
      uri: `${name}.${fixture.host}`,
    }))
    const made = await withPolicies(fixture, both, { domain: `one.${fixture.host}`, destinations })
    return { ...made, url: `https://two.${fixture.host}/` }
  },
  'the JSON header is enabled, and the two headers are sent': (fixture) =>
    withPolicies(fixture, machines, { read_service_tokens_from_header: 'Authorization' }),
  service_auth_401_redirect: (fixture) =>
    withPolicies(fixture, machines, { service_auth_401_redirect: true }),
  'Managed OAuth': (fixture) =>
    withPolicies(fixture, both, { oauth_configuration: { enabled: true } }),
  'a binding cookie': (fixture) => withPolicies(fixture, both, { enable_binding_cookie: true }),
  'preflights by cors_headers': (fixture) =>
    withPolicies(fixture, both, {
      cors_headers: { allow_all_origins: true, allow_all_methods: true },
    }),
  'a require that holds': (fixture) =>
    withPolicies(fixture, (pair) => [
      { ...serviceAuth(pair), require: [{ ip: { ip: '127.0.0.0/8' } }] },
    ]),
  'an exclude that does not match': (fixture) =>
    withPolicies(fixture, (pair) => [
      { ...serviceAuth(pair), exclude: [{ ip: { ip: '192.0.2.0/24' } }] },
    ]),
  'a Block policy before the others that does not match': (fixture) =>
    withPolicies(fixture, (pair) => [
      { decision: 'deny', include: [{ ip: { ip: '192.0.2.0/24' } }] },
      ...both(pair),
    ]),
  'an Allow policy beside Service Auth names the token too': (fixture) =>
    withPolicies(fixture, (pair) => [
      serviceAuth(pair),
      { ...serviceAuth(pair), decision: 'allow' },
    ]),
  async 'the old secret in its grace period after a rotation'(fixture) {
    const { pair, url } = await good(fixture)
    await fixture.pass(60)
    const previous_client_secret_expires_at = '2027-01-01T00:00:00Z'
    await fixture.api.serviceTokens.rotate({
      service_token_id: pair.id,
      body: { previous_client_secret_expires_at },
    })
    return { url, pair }
  },
  async 'the new secret after a rotation'(fixture) {
    const { pair, url } = await good(fixture)
    await fixture.pass(60)
    return { url, pair: await fixture.api.serviceTokens.rotate({ service_token_id: pair.id }) }
  },
  async 'strict_service_token_auth by choice'(fixture) {
    await fixture.api.organizations.patch({ body: { strict_service_token_auth: true } })
    return withPolicies(fixture, both)
  },
  'the AUD tag and the team are known and right': async (fixture) => {
    const { pair, application, url } = await good(fixture, { withPeople: true })
    return { url, pair, aud: application.aud, team: fixture.team }
  },
  'people only, not signed in': async (fixture) => {
    await fixture.application([people])
    return { url: `https://${fixture.host}/` }
  },
  'machines only, no pair': async (fixture) => {
    await good(fixture)
    return { url: `https://${fixture.host}/` }
  },
  'a public path by Bypass, no pair': async (fixture) => {
    await fixture.application([{ decision: 'bypass', include: [{ everyone: {} }] }])
    return { url: `https://${fixture.host}/` }
  },
  'certs of the team': async (fixture) => ({ url: `https://${fixture.team}/cdn-cgi/access/certs` }),
  async 'the exchange endpoint where it exists'(fixture) {
    if (fixture.profile !== 'expected') return undefined
    const { pair } = await good(fixture)
    const url = `https://${fixture.host}/cdn-cgi/access/service/auth`
    return { url, pair, observed: [{ url, method: 'POST', headers: pairHeaders(pair) }] }
  },
  async 'a program with a token of Managed OAuth'(fixture) {
    const { kept, url, request } = await connected(fixture)
    return { url, inputs: ['exchange'], observed: [kept, request] }
  },
  async 'userinfo without the scope profile'(fixture) {
    const client = await saas(fixture)
    const { kept, access_token } = await signedIn(fixture, client, 'openid email')
    const url = `${client.issuer}/userinfo`
    const headers = { authorization: `Bearer ${access_token}` }
    return { url, inputs: ['exchange'], observed: [kept, { url, headers }] }
  },
  async 'a sign-in that goes on to the login'(fixture) {
    const url = oidcAuthorization(await saas(fixture), 'openid email profile')
    return { url, inputs: ['edge', 'exchange'], observed: [{ url }] }
  },
  async 'cloudflared finds the application'(fixture) {
    // The doctor of this test has the emulator's clock, and not the machine's.
    await fixture.emulator.control.setBehaviours({ body: { 'programs.clock': 'emulator' } })
    await fixture.application([people])
    const url = `https://${fixture.host}/`
    const headers = { 'cf-access-metadata-request': 'true' }
    return { url, inputs: ['exchange'], observed: [{ method: 'HEAD', url, headers }] }
  },
  async 'a call of the API that succeeds'(fixture) {
    const { account } = fixture.emulator
    const url = `https://api.cloudflare.com/client/v4/accounts/${account.id}/access/apps`
    const headers = { authorization: `Bearer ${account.api_token}` }
    // Without its token the API rightly refuses.
    return { url, inputs: ['exchange', 'api'], observed: [{ url, headers }] }
  },
}
