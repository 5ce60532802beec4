/** Each row of the table of effects that curl asks for: what the API sets, and the edge's answer before and after. */
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { has } from '../commands/run/run-program.ts'
import {
  app,
  type EdgeFixture,
  type EdgeOptions,
  edgeFixture,
  everyone,
  hosts,
  pairs,
  people,
  policy,
  team as teamHost,
  theNamed,
} from '../edge/applications.ts'
import { program } from '../edge/cloudflared/program.ts'
import { browser } from '../edge/login/browser.ts'
import { ada, signIn } from '../edge/login/person.ts'
import { type Client, connected, mcp, oauthApplications } from '../edge/oauth/application.ts'
import { temporaryFolder } from '../network/server.ts'
import { testAuthority } from '../support/client-certificates.ts'
import { type CurlAnswer, type CurlOptions, curlTo, inWords } from './curl.ts'
import { byCurl } from './table.ts'

const machines = 'machines.example.com'
const devices = 'devices.example.com'
const wiki = 'wiki.example.com'
const onlyBob = policy('allow', [{ email: { email: 'bob@example.com' } }])
const named = {
  'CF-Access-Client-Id': pairs.named.client_id,
  'CF-Access-Client-Secret': pairs.named.client_secret,
}

async function scene(options: EdgeOptions = {}) {
  const home = await temporaryFolder()
  const edge = await edgeFixture({
    stateHome: home,
    applications: [
      app(machines, [policy('non_identity', theNamed)]),
      app(devices, [policy('non_identity', [{ common_name: { common_name: 'device-1' } }])]),
      app(wiki, [people]),
    ],
    ...options,
  })
  const root = await testAuthority('Devices')
  const curl = curlTo(edge.emulator.port, home)
  return { edge, root, curl, certificate: await root.client() }
}

type Scene = Awaited<ReturnType<typeof scene>>

interface Steps {
  readonly options?: EdgeOptions
  /** Before anything is asked. */
  readonly begin?: (scene: Scene) => Promise<unknown>
  readonly ask: (scene: Scene) => Promise<string>
  readonly set: (scene: Scene) => Promise<unknown>
}

const asks =
  (host: string, options: CurlOptions = {}, words: (answer: CurlAnswer) => string = inWords) =>
  async ({ curl }: Scene) =>
    words(await curl(host, options))

const asksWithDevice =
  (host: string, words: (answer: CurlAnswer) => string = inWords) =>
  async ({ curl, certificate }: Scene) =>
    words(await curl(host, { certificate }))

const caFor =
  (...associated_hostnames: string[]) =>
  ({ edge, root }: Scene) => {
    const body = { name: 'Devices', certificate: root.certPem, associated_hostnames }
    return edge.api(api.certificates.create, { body })
  }

/** Fields of an application; its policies stay. */
const sets =
  (domain: string, fields: object) =>
  ({ edge }: Scene) =>
    edge.api(api.applications.replace, {
      params: { app_id: edge.id(domain) },
      body: { type: 'self_hosted', name: domain, domain, ...fields },
    })

const setsPolicy =
  (domain: string, policies: readonly object[]) =>
  ({ edge }: Scene) =>
    sets(domain, { policies })({ edge } as Scene)

const setsOrganization =
  (body: object) =>
  ({ edge }: Scene) =>
    edge.api(api.organizations.patch, { body })

const ownPage = async ({ edge }: Scene) => {
  const body = { name: 'Denied', type: 'forbidden', custom_html: '<h1>Ours</h1>' }
  return (await edge.api(api.customPages.create, { body })).uid
}

const serviceToken = async (edge: EdgeFixture) => {
  const tokens = await edge.api(api.serviceTokens.list)
  return { service_token_id: tokens.find(({ name }) => name === 'named')?.id ?? '' }
}

/** A template that Liquid makes a page of, with the element of Access's own control. */
const ownTemplate =
  (type: string, element: string) =>
  async ({ edge }: Scene) => {
    const custom_html = `<h1>{{ "ours" | capitalize }}</h1><${element}></${element}>`
    const body = { name: type, type, contract_version: 1, custom_html }
    const { uid } = await edge.api(api.customPages.create, { body })
    return sets(wiki, { custom_pages: [uid] })({ edge } as Scene)
  }

const withForm = (answer: CurlAnswer): string => {
  const isOurs = !answer.body.includes('<main>') && answer.body.includes('<form method="post"')
  return inWords(answer) + (isOurs ? ', with the form of Access' : '')
}

/** With the cookie of a person who signed in before anything was set. */
function asPerson(set: Steps['set']): Steps {
  let token = ''
  return {
    begin: async ({ edge }) => {
      token = await edge.signIn(ada, wiki)
    },
    ask: async ({ curl }) =>
      inWords(await curl(wiki, { headers: { Cookie: `CF_Authorization=${token}` } })),
    set,
  }
}

/** At the login page of the wiki, with the global session of a person who signed in to the intranet before. */
function asSignedIn(set: Steps['set'], before?: Steps['set']): Steps {
  let session = ''
  return {
    async begin(scene) {
      const person = browser(scene.edge.emulator)
      await signIn(person, `https://${hosts.P}/`)
      session = person.cookie(teamHost, 'CF_Authorization')?.value ?? ''
      await before?.(scene)
    },
    async ask({ edge, curl }) {
      const path = `/cdn-cgi/access/login/${wiki}?kid=${edge.aud(wiki)}`
      const headers = { Cookie: `CF_Authorization=${session}` }
      const answer = await curl(teamHost, { path, headers })
      const isBack = answer.location.startsWith(`https://${wiki}/cdn-cgi/access/authorized?`)
      return isBack ? `${answer.status} back to the application` : inWords(answer)
    },
    set,
  }
}

/** A person signs two programs in, by Managed OAuth; then one of the sign-ins is revoked. */
function ofTwoSignIns(): Steps {
  const programs: Client[] = []
  let isRevoked = false
  const opens = async ({ curl }: Scene, { access }: Client) => {
    const answer = await curl(mcp, { headers: { Authorization: `Bearer ${access}` } })
    return answer.status === '401' ? '401' : inWords(answer)
  }
  return {
    options: { applications: oauthApplications },
    begin: async ({ edge }) => {
      programs.push(await connected(edge), await connected(edge))
    },
    async ask(scene) {
      const [first, other] = await Promise.all(programs.map((each) => opens(scene, each)))
      const now = `${first}; the other: ${other}`
      if (!isRevoked) return now
      return `${now}; after a new sign-in: ${await opens(scene, await connected(scene.edge))}`
    },
    async set({ curl }) {
      const [{ id = '', refresh = '' } = {}] = programs
      const body = String(new URLSearchParams({ token: refresh, client_id: id }))
      const { status } = await curl(teamHost, {
        method: 'POST',
        path: '/cdn-cgi/access/oauth/revoke',
        body,
      })
      isRevoked = status === '200'
    },
  }
}

const requiresCertificate = setsPolicy(wiki, [{ ...people, require: [{ certificate: {} }] }])

const withMeta = (answer: CurlAnswer): string => {
  const { mtls_auth } = decodeJwt<{ mtls_auth: { common_name: string; auth_status: string } }>(
    new URL(answer.location).searchParams.get('meta') ?? '',
  )
  const { auth_status, common_name } = mtls_auth
  const told = auth_status === 'SUCCESS' ? `, whose \`meta\` names \`${common_name}\`` : ''
  return inWords(answer) + told
}

const withForwarded = (answer: CurlAnswer): string => {
  const { headers } = JSON.parse(answer.body) as { headers: Record<string, string> }
  const got = 'cf-client-cert-sha256' in headers ? ', which gets `Cf-Client-Cert-Sha256`' : ''
  return inWords(answer) + got
}

const lifetime = ({ cookie }: CurlAnswer): string => {
  const expires = /Expires=([^;]*)/.exec(cookie)?.[1] ?? ''
  const hours = (Date.parse(expires) - Date.parse('2026-11-24T10:00:00Z')) / 3_600_000
  return hours === 1 ? '1 hour' : `${hours} hours`
}

const preflight = {
  method: 'OPTIONS',
  headers: { Origin: 'https://a.example', 'Access-Control-Request-Method': 'PUT' },
}

const steps: { readonly [E in keyof typeof byCurl]: Steps } = {
  'a CA for client certificates': { ask: asksWithDevice(devices), set: caFor(devices) },
  'a CA that loses its host': {
    begin: caFor(devices),
    ask: asksWithDevice(devices),
    async set({ edge }) {
      const [{ id = '' } = {}] = await edge.api(api.certificates.list)
      const body = { associated_hostnames: [] }
      return edge.api(api.certificates.replace, { params: { certificate_id: id }, body })
    },
  },
  'the common name of a policy': {
    begin: caFor(devices),
    ask: asksWithDevice(devices),
    set: setsPolicy(devices, [
      policy('non_identity', [{ common_name: { common_name: 'device-2' } }]),
    ]),
  },
  'a certificate required of people': {
    begin: caFor(wiki),
    ask: asks(wiki),
    set: requiresCertificate,
  },
  'a person who must also have a certificate': {
    // The CA is uploaded with the policy: without it, no certificate is asked for.
    ask: asksWithDevice(wiki, withMeta),
    async set(scene) {
      await caFor(wiki)(scene)
      await requiresCertificate(scene)
    },
  },
  'forwarding of client certificates': {
    begin: caFor(devices),
    ask: asksWithDevice(devices, withForwarded),
    set: ({ edge }) => {
      const setting = {
        hostname: devices,
        china_network: false,
        client_certificate_forwarding: true,
      }
      return edge.api(api.certificateSettings.update, { body: { settings: [setting] } })
    },
  },
  'a custom page of an application': {
    ask: asks(machines),
    set: async (scene) => sets(machines, { custom_pages: [await ownPage(scene)] })(scene),
  },
  'a custom page of the organization': {
    ask: asks(machines),
    set: async (scene) =>
      setsOrganization({ custom_pages: { forbidden: await ownPage(scene) } })(scene),
  },
  'a login page of the account': {
    ask: async ({ edge, curl }) => {
      const path = `/cdn-cgi/access/login/${wiki}?kid=${edge.aud(wiki)}`
      return withForm(await curl(teamHost, { path }))
    },
    set: ownTemplate('login', 'cf-access-authbox'),
  },
  'an approval page of the account': {
    ask: async ({ edge, curl }) => {
      const path = new URL(program(edge, 7).approvalOf(`https://${wiki}/`))
      const headers = { Cookie: `CF_Authorization=${await edge.signIn(ada, wiki)}` }
      return withForm(await curl(wiki, { path: path.pathname + path.search, headers }))
    },
    set: ownTemplate('interstitial', 'cf-access-cli-approval'),
  },
  custom_non_identity_deny_url: {
    ask: asks(machines),
    set: sets(machines, { custom_non_identity_deny_url: 'https://help.example.org/denied' }),
  },
  service_auth_401_redirect: {
    options: { profile: 'observed' },
    ask: asks(machines),
    set: sets(machines, { service_auth_401_redirect: true }),
  },
  deny_unmatched_requests: {
    ask: asks('open.example.com'),
    set: setsOrganization({ deny_unmatched_requests: true }),
  },
  'a revoked user': asPerson(({ edge }) =>
    edge.api(api.organizations.revokeUser, { body: { email: ada } }),
  ),
  'one revoked sign-in of a program': ofTwoSignIns(),
  'a deleted user': asPerson(async ({ edge }) => {
    const [{ id = '' } = {}] = await edge.api(api.users.list)
    return edge.api(api.users.delete, { params: { user_id: id } })
  }),
  'a policy that takes out a signed-in person': asSignedIn(setsPolicy(wiki, [onlyBob])),
  'custom_deny_url of a signed-in person': asSignedIn(
    sets(wiki, { custom_deny_url: 'https://help.example.org/denied' }),
    setsPolicy(wiki, [onlyBob]),
  ),
  'revoked tokens of an application': asPerson(({ edge }) =>
    edge.api(api.applications.revokeTokens, { params: { app_id: edge.id(wiki) } }),
  ),
  'a disabled service token': {
    ask: asks(machines, { headers: named }),
    set: async ({ edge }) =>
      edge.api(api.serviceTokens.replace, {
        params: await serviceToken(edge),
        body: { name: 'named', enabled: false },
      }),
  },
  'a rotated service token': {
    ask: asks(machines, { headers: named }),
    set: async ({ edge }) =>
      edge.api(api.serviceTokens.rotate, { params: await serviceToken(edge) }),
  },
  'a strict organization': {
    options: { profile: 'observed' },
    ask: asks(wiki, { headers: { ...named, 'CF-Access-Client-Secret': 'wrong' } }),
    set: setsOrganization({ strict_service_token_auth: true }),
  },
  read_service_tokens_from_header: {
    ask: asks(machines, {
      headers: {
        Authorization: JSON.stringify({
          'cf-access-client-id': pairs.named.client_id,
          'cf-access-client-secret': pairs.named.client_secret,
        }),
      },
    }),
    set: sets(machines, { read_service_tokens_from_header: 'Authorization' }),
  },
  'session_duration of a policy': {
    ask: asks(machines, { headers: named }, lifetime),
    set: async (scene) => {
      const { edge } = scene
      const tokens = await edge.api(api.serviceTokens.list)
      const token_id = tokens.find(({ name }) => name === 'named')?.id ?? ''
      const include = [{ service_token: { token_id } }]
      return setsPolicy(machines, [{ ...policy('non_identity', include), session_duration: '1h' }])(
        scene,
      )
    },
  },
  'a Bypass policy': { ask: asks(wiki), set: setsPolicy(wiki, [policy('bypass', everyone)]) },
  'a rule group': {
    begin: async (scene) => {
      const { id } = await scene.edge.api(api.groups.create, {
        body: { name: 'Here', include: [{ geo: { country_code: 'DE' } }] },
      })
      return setsPolicy(wiki, [policy('bypass', [{ group: { id } }])])(scene)
    },
    ask: asks(wiki),
    set: async ({ edge }) => {
      const [{ id = '' } = {}] = await edge.api(api.groups.list)
      const include = [{ geo: { country_code: 'XX' } }]
      return edge.api(api.groups.replace, {
        params: { group_id: id },
        body: { name: 'Here', include },
      })
    },
  },
  'what a policy test counts': {
    begin: async ({ edge }) => {
      await edge.signIn(ada, wiki)
      const include = [{ email_domain: { domain: 'elsewhere.example' } }]
      return edge.api(api.groups.create, { body: { name: 'Us', include } })
    },
    async ask({ edge, curl }) {
      const [{ id = '' } = {}] = await edge.api(api.groups.list)
      const { account } = edge.emulator
      const at = `/client/v4/accounts/${account.id}/access/policy-tests`
      const headers = {
        Authorization: `Bearer ${account.api_token}`,
        'Content-Type': 'application/json',
      }
      const body = JSON.stringify({ policies: [policy('allow', [{ group: { id } }])] })
      const call = async <T>(options: CurlOptions) =>
        JSON.parse((await curl('api.cloudflare.com', { headers, ...options })).body) as T
      const made = await call<{ result: { id: string } }>({ method: 'POST', path: at, body })
      const test = await call<{ result: { users_approved: number; total_users: number } }>({
        path: `${at}/${made.result.id}`,
      })
      return `${test.result.users_approved} of ${test.result.total_users} approved`
    },
    async set({ edge }) {
      const [{ id = '' } = {}] = await edge.api(api.groups.list)
      const include = [{ email_domain: { domain: 'example.com' } }]
      return edge.api(api.groups.replace, {
        params: { group_id: id },
        body: { name: 'Us', include },
      })
    },
  },
  options_preflight_bypass: {
    ask: asks(wiki, preflight),
    set: sets(wiki, { options_preflight_bypass: true }),
  },
  oauth_configuration: {
    ask: asks(wiki, { headers: { Accept: 'application/json' } }, (answer) =>
      answer.status === '401'
        ? `401 and a challenge of scheme \`${answer.challenge.split(' ', 1)[0]}\``
        : inWords(answer),
    ),
    set: sets(wiki, { oauth_configuration: { enabled: true } }),
  },
  'a DNS record': {
    options: { profile: 'observed' },
    ask: asks('open.example.com'),
    set: async ({ edge }) => {
      const params = { zone_id: edge.emulator.account.zones[0]?.id ?? '' }
      const [{ id = '' } = {}] = await edge.api(api.dnsRecords.list, { params })
      return edge.api(api.dnsRecords.delete, { params: { ...params, dns_record_id: id } })
    },
  },
}

test.each(Object.keys(steps) as (keyof typeof steps)[])('%s', async (name) => {
  if (!has('curl')) return
  const { options, begin, ask, set } = steps[name] as Steps
  const here = await scene(options)
  await begin?.(here)
  const before = await ask(here)
  await set(here)
  const { before: wasThen, after: isNow } = byCurl[name]
  expect({ before, after: await ask(here) }).toEqual({ before: wasThen, after: isNow })
})
