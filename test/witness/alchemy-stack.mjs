/** A stack of the Access resources that alchemy has; `alchemy.test.ts` runs it. `node alchemy-stack.mjs STEP PACKAGE` */
import { pathToFileURL } from 'node:url'

const [step, folder] = process.argv.slice(2)
const load = (entry) => import(pathToFileURL(`${folder}/lib/${entry}`).href)
const { default: alchemy } = await load('index.js')
const cloudflare = await load('cloudflare/index.js')

const isChanged = step === 'change'
const stack = await alchemy('witness', {
  phase: step === 'destroy' ? 'destroy' : 'up',
  stage: 'test',
  password: 'for the secrets of this stack',
  noTrack: true,
  quiet: true,
})

const pin = await cloudflare.AccessIdentityProvider('pin', {
  type: 'onetimepin',
  name: 'One-time PIN',
  adopt: true,
  delete: false,
})
const provider = await cloudflare.AccessIdentityProvider('oidc', {
  type: 'oidc',
  name: isChanged ? 'Company, renamed' : 'Company',
  config: {
    clientId: 'client',
    clientSecret: alchemy.secret('secret'),
    authUrl: 'https://idp.example.com/authorize',
    tokenUrl: 'https://idp.example.com/token',
    certsUrl: 'https://idp.example.com/certs',
  },
})
const token = await cloudflare.AccessServiceToken('ci', {
  name: 'ci of alchemy',
  duration: isChanged ? '17520h' : '8760h',
})
const people = await cloudflare.AccessGroup('people', {
  name: 'people',
  include: [{ email_domain: { domain: isChanged ? 'example.net' : 'example.com' } }],
})
const machines = await cloudflare.AccessPolicy('machines', {
  name: 'machines',
  decision: 'non_identity',
  include: [{ service_token: { token_id: token.id } }],
})
const staff = await cloudflare.AccessPolicy('staff', {
  name: 'staff',
  decision: 'allow',
  include: [{ group: { id: people.id } }],
  sessionDuration: isChanged ? '2h' : '1h',
})
const host = 'machines.example.com'
const application = await cloudflare.AccessApplication('admin', {
  type: 'self_hosted',
  name: 'admin',
  domain: `${host}/alchemy`,
  policies: [machines, staff],
  allowedIdps: [pin],
  serviceAuth401Redirect: isChanged,
})
const zoned = await cloudflare.AccessApplication('zoned', {
  type: 'self_hosted',
  name: 'zoned',
  domain: `${host}/zoned`,
  zone: 'example.com',
  policies: [staff],
})
const saas = await cloudflare.AccessApplication('saas', {
  type: 'saas',
  name: 'saas',
  saas: { authType: 'oidc', redirectUris: ['https://app.example.com/cb'], scopes: ['openid'] },
  policies: [staff],
})
const bookmark = await cloudflare.AccessApplication('wiki', {
  type: 'bookmark',
  name: 'wiki of alchemy',
  domain: 'https://wiki.example.com',
})
const ids = Object.fromEntries(
  Object.entries({
    provider,
    token,
    people,
    machines,
    staff,
    application,
    zoned,
    saas,
    bookmark,
  }).map(([name, { id }]) => [name, id]),
)
console.log(
  JSON.stringify({ ids, client_id: token.clientId, client_secret: token.clientSecret.unencrypted }),
)
await stack.finalize()
