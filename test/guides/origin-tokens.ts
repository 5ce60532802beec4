/** Tokens that an origin must take, and others that it must not. */
import { createHash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import type { FaultInput } from '../../contracts/control/faults.ts'
import type { SeedInput } from '../../contracts/control/seed.ts'
import type { Emulator } from '../../emulator/index.ts'

const teams = ['acme', 'other']
export const seed: SeedInput = {
  accounts: teams.map((team) => ({
    name: team,
    zones: [{ name: `${team}.example` }],
    organization: { name: team, auth_domain: `${team}.cloudflareaccess.com` },
    service_tokens: [{ name: 'ci' }],
    applications: ['one', 'two'].map((application) => ({
      name: application,
      type: 'self_hosted',
      domain: `${application}.${team}.example`,
      session_duration: '30m',
      policies: [
        {
          name: 'machines',
          decision: 'non_identity',
          include: [{ service_token: { name: 'ci' } }],
        },
        { name: 'people', decision: 'allow', include: [{ everyone: {} }] },
      ],
    })),
  })),
}

export const person = 'ada@example.com'
const query = (emulator: Emulator, team: string) => {
  const account = emulator.accounts().find((each) => each.name === team)
  return { account: account?.id ?? '' }
}

export async function personsToken(
  emulator: Emulator,
  { team = 'acme', application = 'one' } = {},
) {
  const { application_token } = await emulator.control.createSession({
    query: query(emulator, team),
    body: { email: person, application },
  })
  if (application_token === null) throw new Error('no policy admits the person')
  return application_token
}

async function tokenWith(emulator: Emulator, effect: FaultInput['effect']): Promise<string> {
  const account = query(emulator, 'acme')
  await emulator.control.setFaults({ query: account, body: [{ at: 'token.issue', effect }] })
  const token = await personsToken(emulator)
  await emulator.control.clearFaults({ query: account })
  return token
}

interface Issue {
  readonly title: string
  readonly token: (emulator: Emulator) => Promise<string>
}

export const good: readonly (Issue & { readonly who: (emulator: Emulator) => string })[] = [
  { title: 'a person', token: personsToken, who: () => person },
  {
    title: 'a service token',
    async token(emulator) {
      const [pair] = emulator.account.service_tokens
      const answer = await emulator.fetch('https://one.acme.example/', {
        headers: {
          'CF-Access-Client-Id': pair?.client_id ?? '',
          'CF-Access-Client-Secret': pair?.client_secret ?? '',
        },
      })
      return /CF_Authorization=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? ''
    },
    who: ({ account }) => account.service_tokens[0]?.client_id ?? '',
  },
]

/** The claims of a valid token, under the header that names the real key. */
async function parts(emulator: Emulator) {
  const token = await personsToken(emulator)
  const { kid = '' } = decodeProtectedHeader(token)
  return { token, kid, claims: decodeJwt(token) }
}

export const bad: readonly Issue[] = [
  { title: 'nonsense', token: async () => 'nonsense' },
  {
    title: 'one of another application',
    token: (emulator) => personsToken(emulator, { application: 'two' }),
  },
  { title: 'one of another team', token: (emulator) => personsToken(emulator, { team: 'other' }) },
  {
    title: 'one of another issuer',
    token: (emulator) =>
      tokenWith(emulator, { kind: 'claims', set: { iss: 'https://other.cloudflareaccess.com' } }),
  },
  {
    title: 'one that has expired',
    async token(emulator) {
      const at = new Date(Date.now() - 3_600_000).toISOString()
      await emulator.control.setClock({ body: { at } })
      const token = await personsToken(emulator)
      await emulator.control.setClock({ body: { real: true } })
      return token
    },
  },
  {
    title: 'one signed with a key that is not published',
    token: (emulator) => tokenWith(emulator, { kind: 'key', use: 'unpublished' }),
  },
  {
    title: 'one signed by somebody else under the name of the key',
    async token(emulator) {
      const { kid, claims } = await parts(emulator)
      const { privateKey } = await generateKeyPair('RS256')
      return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
    },
  },
  {
    title: 'one signed with what everybody knows',
    async token(emulator) {
      const { kid, claims } = await parts(emulator)
      const known = createHash('sha256').update(kid).digest()
      return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid }).sign(known)
    },
  },
  {
    title: 'one without a signature',
    token: async (emulator) => new UnsecuredJWT((await parts(emulator)).claims).encode(),
  },
  {
    title: 'one whose claims were changed',
    async token(emulator) {
      const { token, claims } = await parts(emulator)
      const [header, , signature] = token.split('.')
      const changed = Buffer.from(JSON.stringify({ ...claims, email: 'eve@example.com' }))
      return [header, changed.toString('base64url'), signature].join('.')
    },
  },
]
