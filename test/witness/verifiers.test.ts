/** Our JWTs and certs with third-party verifiers: `@hono/cloudflare-access`, and `jose` with a remote key set. */
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SeedInput } from '../../contracts/control/seed.ts'
import { edge } from '../../contracts/edge/endpoints.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { clientOf, present } from './official-client.ts'
import { honoOrigin, joseOrigin } from './origins.ts'

/** One team, whose service token two applications admit; users can sign in to them too. */
function teamSeed(team: string, zone: string): SeedInput['accounts'][number] {
  const application = (name: string, session_duration: string) => ({
    type: 'self_hosted' as const,
    name,
    domain: `${name}.${zone}`,
    session_duration,
    policies: [
      {
        name: 'machines',
        decision: 'non_identity' as const,
        include: [{ service_token: { name: team } }],
      },
      { name: 'people', decision: 'allow' as const, include: [{ everyone: {} }] },
    ],
  })
  return {
    name: team,
    api_token: `witness-token-of-${team}`,
    zones: [{ name: zone }],
    organization: { name: team, auth_domain: `${team}.cloudflareaccess.com` },
    service_tokens: [{ name: team }],
    applications: [application('one', '30m'), application('two', '24h')],
  }
}

let emulator: Emulator
beforeEach(async () => {
  emulator = await createEmulator({
    // Two teams may draw the same one of the published keys; under this entropy they do not.
    entropy: 'two teams',
    seed: { accounts: [teamSeed('ours', 'example.com'), teamSeed('theirs', 'example.net')] },
  })
  // Both libraries ask `https://TEAM.cloudflareaccess.com` by the global fetch; here it leads to the emulator.
  vi.stubGlobal('fetch', emulator.fetch)
})
afterEach(async () => {
  vi.unstubAllGlobals()
  await emulator.close()
})

interface Issued {
  readonly token: string
  readonly aud: string
}

/** A JWT for the service token of a team, by the exchange on the host of an application. */
async function issue(team: 'ours' | 'theirs', name: 'one' | 'two'): Promise<Issued> {
  const account = present(emulator.accounts().find((each) => each.name === team))
  const application = present(account.applications.find((each) => each.name === name))
  const pair = present(account.service_tokens[0])
  const url = `${emulator.urlFor(present(application.domain))}/cdn-cgi/access/service/auth`
  const answer = await emulator.fetch(url, {
    method: 'POST',
    headers: {
      'cf-access-client-id': pair.client_id,
      'cf-access-client-secret': pair.client_secret,
    },
  })
  expect(answer.status).toBe(200)
  const { token } = edge.serviceAuth.result().parse(await answer.json())
  return { token, aud: application.aud }
}

async function issuedBefore(minutes: number, name: 'one' | 'two'): Promise<Issued> {
  const at = new Date(Date.now() - minutes * 60_000).toISOString()
  await emulator.control.setClock({ body: { at } })
  const issued = await issue('ours', name)
  await emulator.control.setClock({ body: { real: true } })
  return issued
}

/** The claims of a valid JWT, signed by someone else under the same key id. */
async function forged({ token, aud }: Issued): Promise<Issued> {
  const { privateKey } = await generateKeyPair('RS256')
  const { kid } = decodeProtectedHeader(token)
  const header = { alg: 'RS256', kid: present(kid) }
  return {
    aud,
    token: await new SignJWT(decodeJwt(token)).setProtectedHeader(header).sign(privateKey),
  }
}

/** The valid JWT with one character of its claims changed. */
function altered({ token, aud }: Issued): Issued {
  const [header, , signature] = token.split('.')
  const claims = { ...decodeJwt(token), sub: 'somebody-else' }
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return { aud, token: [header, payload, signature].join('.') }
}

async function person(): Promise<Issued> {
  const account = present(emulator.accounts().find((each) => each.name === 'ours'))
  const application = present(account.applications[0])
  const { application_token } = await emulator.control.createSession({
    body: { email: 'ana@example.com', application: application.id },
  })
  return { token: present(application_token), aud: application.aud }
}

interface Case {
  readonly title: string
  /** The JWT, and the AUD tag that the origin requires. */
  readonly give: () => Promise<Issued>
  /** Each library's error when it refuses. */
  readonly hono?: string
  readonly jose?: string
}

const good: readonly Case[] = [
  { title: 'of a service token', give: () => issue('ours', 'one') },
  { title: 'of a person, whose aud is a list', give: person },
  { title: 'that is an hour old and lives for a day', give: () => issuedBefore(60, 'two') },
  {
    title: 'that is older than the last rotation of the keys',
    async give() {
      const issued = await issue('ours', 'one')
      await rotateKeys()
      return issued
    },
  },
  {
    title: 'that is younger than the last rotation of the keys',
    async give() {
      await rotateKeys()
      return issue('ours', 'one')
    },
  },
]

async function rotateKeys(): Promise<void> {
  const account = present(emulator.accounts().find((each) => each.name === 'ours'))
  const client = clientOf(emulator, { apiToken: account.api_token, fetch: emulator.fetch })
  await client.zeroTrust.access.keys.rotate({ account_id: account.id })
}

const bad: readonly Case[] = [
  {
    title: 'for another application',
    async give() {
      const [{ token }, { aud }] = [await issue('ours', 'one'), await issue('ours', 'two')]
      return { token, aud }
    },
    hono: 'Invalid token audience',
    jose: 'ERR_JWT_CLAIM_VALIDATION_FAILED aud',
  },
  {
    title: 'that has expired',
    give: () => issuedBefore(60, 'one'),
    hono: 'Token is expired',
    jose: 'ERR_JWT_EXPIRED',
  },
  {
    title: 'of another team',
    give: () => issue('theirs', 'one'),
    hono: 'Invalid team name',
    jose: 'ERR_JWKS_NO_MATCHING_KEY',
  },
  {
    title: 'without a signature',
    async give() {
      const { token, aud } = await issue('ours', 'one')
      return { token: new UnsecuredJWT(decodeJwt(token)).encode(), aud }
    },
    hono: 'Invalid token algorithm',
    jose: 'ERR_JOSE_ALG_NOT_ALLOWED',
  },
  {
    title: 'signed by somebody else',
    give: async () => forged(await issue('ours', 'one')),
    hono: 'Invalid Token',
    jose: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  },
  {
    title: 'whose claims were altered',
    give: async () => altered(await issue('ours', 'one')),
    hono: 'Invalid Token',
    jose: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  },
]

const libraries = [
  { library: '@hono/cloudflare-access', originOf: honoOrigin, says: ({ hono }: Case) => hono },
  { library: 'jose', originOf: joseOrigin, says: ({ jose }: Case) => jose },
]

describe.each(libraries)('an origin that verifies with $library', ({ originOf, says }) => {
  test.each(good)('accepts a JWT $title', async ({ give }) => {
    const { token, aud } = await give()
    const verification = await originOf({ team: 'ours', aud }).verify(token)
    expect(verification).toEqual({ isGood: true, reason: 'welcome' })
  })

  test.each(bad)('refuses a JWT $title', async (one) => {
    const { token, aud } = await one.give()
    const verification = await originOf({ team: 'ours', aud }).verify(token)
    expect(verification).toEqual({
      isGood: false,
      reason: expect.stringContaining(present(says(one))),
    })
  })

  test('refuses a JWT of the time after its team was renamed', async () => {
    const before = await issue('ours', 'one')
    const origin = originOf({ team: 'ours', aud: before.aud })
    expect(await origin.verify(before.token)).toMatchObject({ isGood: true })
    const account = present(emulator.accounts().find((each) => each.name === 'ours'))
    const client = clientOf(emulator, { apiToken: account.api_token, fetch: emulator.fetch })
    await client.zeroTrust.organizations.update({
      account_id: account.id,
      name: 'ours',
      auth_domain: 'renamed.cloudflareaccess.com',
    })
    const after = await issue('ours', 'one')
    expect(await origin.verify(after.token)).toEqual({
      isGood: false,
      reason: expect.stringMatching(/Invalid team name|ERR_JWT_CLAIM_VALIDATION_FAILED iss/),
    })
  })

  test('refuses requests without a token', async () => {
    const { aud } = await issue('ours', 'one')
    expect(await originOf({ team: 'ours', aud }).verify(null)).toMatchObject({ isGood: false })
  })
})
