/** Configurations in which nothing is wrong, by API calls alone: whatever the doctor names here is a false alarm. */
import { good, pairHeaders, people, serviceAuth, type Workshop, type World } from './situation.ts'

type Kind = (shop: Workshop) => Promise<World | undefined>

const anyToken = { any_valid_service_token: {} }

async function withPolicies(
  shop: Workshop,
  policies: (pair: { readonly id: string }) => Parameters<Workshop['application']>[0],
  fields: Parameters<Workshop['application']>[1] = {},
  path = '/',
): Promise<World> {
  const pair = await shop.token()
  await shop.application(policies(pair), fields)
  return { url: `https://${shop.host}${path}`, pair }
}

const machines = (pair: { readonly id: string }) => [serviceAuth(pair)]
const both = (pair: { readonly id: string }) => [serviceAuth(pair), people]

export const healthy: Readonly<Record<string, Kind>> = {
  'machines only': (shop) => withPolicies(shop, machines),
  'machines and people': (shop) => withPolicies(shop, both),
  'any valid service token': (shop) =>
    withPolicies(shop, () => [{ decision: 'non_identity', include: [anyToken] }]),
  async 'a group of service tokens'(shop) {
    const pair = await shop.token()
    const include = [{ service_token: { token_id: pair.id } }]
    const group = await shop.api.groups.create({ body: { name: 'machines', include } })
    await shop.application([{ decision: 'non_identity', include: [{ group: { id: group.id } }] }])
    return { url: `https://${shop.host}/`, pair }
  },
  async 'a group that requires what holds, and excludes what does not'(shop) {
    const pair = await shop.token()
    const { id } = await shop.api.groups.create({
      body: {
        name: 'machines',
        include: [anyToken],
        require: [{ ip: { ip: '127.0.0.0/8' } }],
        exclude: [{ geo: { country_code: 'AQ' } }],
      },
    })
    await shop.application([{ decision: 'non_identity', include: [{ group: { id } }] }])
    return { url: `https://${shop.host}/`, pair }
  },
  'an application of one path': (shop) =>
    withPolicies(shop, machines, { domain: `${shop.host}/admin` }, '/admin/users'),
  async 'a wildcard host'(shop) {
    const made = await withPolicies(shop, machines, { domain: `*.${shop.host}` })
    return { ...made, url: `https://one.${shop.host}/` }
  },
  async 'several destinations'(shop) {
    const destinations = ['one', 'two'].map((name) => ({
      type: 'public' as const,
      uri: `${name}.${shop.host}`,
    }))
    const made = await withPolicies(shop, both, { domain: `one.${shop.host}`, destinations })
    return { ...made, url: `https://two.${shop.host}/` }
  },
  'the JSON header is read, and the two are sent': (shop) =>
    withPolicies(shop, machines, { read_service_tokens_from_header: 'Authorization' }),
  service_auth_401_redirect: (shop) =>
    withPolicies(shop, machines, { service_auth_401_redirect: true }),
  'Managed OAuth': (shop) => withPolicies(shop, both, { oauth_configuration: { enabled: true } }),
  'a binding cookie': (shop) => withPolicies(shop, both, { enable_binding_cookie: true }),
  'preflights by cors_headers': (shop) =>
    withPolicies(shop, both, {
      cors_headers: { allow_all_origins: true, allow_all_methods: true },
    }),
  'a require that holds': (shop) =>
    withPolicies(shop, (pair) => [
      { ...serviceAuth(pair), require: [{ ip: { ip: '127.0.0.0/8' } }] },
    ]),
  'an exclude that does not match': (shop) =>
    withPolicies(shop, (pair) => [
      { ...serviceAuth(pair), exclude: [{ ip: { ip: '192.0.2.0/24' } }] },
    ]),
  'a Block policy before the others that is not met': (shop) =>
    withPolicies(shop, (pair) => [
      { decision: 'deny', include: [{ ip: { ip: '192.0.2.0/24' } }] },
      ...both(pair),
    ]),
  'an Allow policy beside Service Auth names the token too': (shop) =>
    withPolicies(shop, (pair) => [serviceAuth(pair), { ...serviceAuth(pair), decision: 'allow' }]),
  async 'the old secret in its grace after a rotation'(shop) {
    const { pair, url } = await good(shop)
    await shop.pass(60)
    const previous_client_secret_expires_at = '2027-01-01T00:00:00Z'
    await shop.api.serviceTokens.rotate({
      service_token_id: pair.id,
      body: { previous_client_secret_expires_at },
    })
    return { url, pair }
  },
  async 'the new secret after a rotation'(shop) {
    const { pair, url } = await good(shop)
    await shop.pass(60)
    return { url, pair: await shop.api.serviceTokens.rotate({ service_token_id: pair.id }) }
  },
  async 'strict_service_token_auth by choice'(shop) {
    await shop.api.organizations.patch({ body: { strict_service_token_auth: true } })
    return withPolicies(shop, both)
  },
  'the AUD tag and the team are known and right': async (shop) => {
    const { pair, application, url } = await good(shop, { withPeople: true })
    return { url, pair, aud: application.aud, team: shop.team }
  },
  'people only, nobody signed in': async (shop) => {
    await shop.application([people])
    return { url: `https://${shop.host}/` }
  },
  'machines only, no pair at hand': async (shop) => {
    await good(shop)
    return { url: `https://${shop.host}/` }
  },
  'a public path by Bypass, no pair at hand': async (shop) => {
    await shop.application([{ decision: 'bypass', include: [{ everyone: {} }] }])
    return { url: `https://${shop.host}/` }
  },
  'certs of the team': async (shop) => ({ url: `https://${shop.team}/cdn-cgi/access/certs` }),
  async 'the exchange endpoint where it exists'(shop) {
    if (shop.profile !== 'expected') return undefined
    const { pair } = await good(shop)
    const url = `https://${shop.host}/cdn-cgi/access/service/auth`
    return { url, pair, observed: [{ url, method: 'POST', headers: pairHeaders(pair) }] }
  },
  async 'a call of the API that succeeds'(shop) {
    const { account } = shop.emulator
    const url = `https://api.cloudflare.com/client/v4/accounts/${account.id}/access/apps`
    const headers = { authorization: `Bearer ${account.api_token}` }
    // Without its token the API refuses, and rightly.
    return { url, inputs: ['exchange', 'api'], observed: [{ url, headers }] }
  },
}
