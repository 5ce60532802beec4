/** Every cell of the edge's table in all forms of its request, and to the byte what the contract cases leave open. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectations } from '../../client/conformance/edge/expectations.ts'
import {
  type Cell,
  cells,
  onlyExpected,
  type TableOutcome,
} from '../../client/conformance/edge/table.ts'
import {
  type AskedEdge,
  ask,
  type EdgeAsking,
  isMarkedExpected,
} from '../../client/conformance/edge-answer.ts'
import { api } from '../../contracts/api/operations.ts'
import { profiles } from '../../contracts/behaviours/table.ts'
import {
  type Answer,
  app,
  type EdgeFixture,
  edgeFixture,
  hosts,
  loginOf,
  pairs,
  policy,
  sharedEdge,
  startSeconds,
  team,
  theNamed,
} from './applications.ts'

const badPairs = {
  'a wrong secret': { ...pairs.named, client_secret: pairs.unnamed.client_secret },
  'an unknown client id': { ...pairs.named, client_id: `${'f'.repeat(32)}.access` },
  'a disabled service token': pairs.disabled,
} as const

/** Each request of the table, in all its variants. */
const requests: Readonly<
  Record<Cell['request'], Readonly<Record<string, (token: string) => EdgeAsking>>>
> = {
  'no credential': {
    GET: () => ({}),
    POST: () => ({ method: 'POST', body: 'x' }),
    'with Accept: application/json': () => ({ headers: { accept: 'application/json' } }),
    'with an invalid JWT': () => ({ token: 'e30.e30.e30' }),
  },
  'bad pair': Object.fromEntries(
    Object.entries(badPairs).map(([what, pair]) => [what, () => ({ pair })]),
  ),
  'admitted pair': { pair: () => ({ pair: pairs.named }) },
  'allowed pair': { pair: () => ({ pair: pairs.named }) },
  'unnamed pair': { pair: () => ({ pair: pairs.unnamed }) },
  'token as cookie': {
    cookie: (token) => ({ token }),
    'cookie after an invalid one': (token) => ({
      headers: { cookie: `CF_Authorization=old; a=b; CF_Authorization=${token}` },
    }),
  },
  'token as cf-access-token': { header: (token) => ({ headers: { 'cf-access-token': token } }) },
  'token as assertion': {
    header: (token) => ({ headers: { 'cf-access-jwt-assertion': token } }),
  },
  'token as bearer': {
    header: (token) => ({ headers: { authorization: `Bearer ${token}` } }),
  },
  xhr: { header: () => ({ headers: { 'x-requested-with': 'XMLHttpRequest' } }) },
}

const rows = cells.flatMap((cell) =>
  Object.entries(requests[cell.request]).map(
    ([form, sending]) => [cell.request, form, cell.letter, cell.outcome, cell, sending] as const,
  ),
)

const lifetime = 86_400
const expires = new Date((startSeconds + lifetime) * 1000).toUTCString()
const neverStored =
  'private, max-age=0, no-store, no-cache, must-revalidate, post-check=0, pre-check=0'

/** As recorded (edge-meta), and what binds the login to its browser (sign-in-app-session-binding). */
const metaOrder = [
  ...['type', 'aud', 'hostname', 'redirect_url', 'service_token_status', 'is_warp', 'is_gateway'],
  ...['exp', 'nbf', 'iat', 'auth_status', 'mtls_auth', 'real_country', 'app_session'],
]

/** What is to the byte here, and left open by the contract cases, which real Cloudflare answers too. */
function expectExactly(answer: AskedEdge, outcome: TableOutcome, host: string, aud: string): void {
  const { headers, text } = answer
  const cookies = headers.getSetCookie()
  expect(headers.get('date')).toBe(new Date(startSeconds * 1000).toUTCString())
  if (outcome === 'pass' || outcome === 'pass+cookie') {
    const origin = JSON.parse(text) as Pick<Answer['echo'], 'headers' | 'claims'>
    const assertion = origin.headers['cf-access-jwt-assertion']
    const cookie = `CF_Authorization=${assertion}; Expires=${expires}; Path=/; Secure; SameSite=none`
    expect(cookies).toEqual(outcome === 'pass' ? [] : [cookie])
    expect(origin.claims).toEqual({
      type: 'app',
      iat: startSeconds,
      exp: startSeconds + lifetime,
      iss: `https://${team}`,
      sub: '',
      aud,
      common_name: pairs.named.client_id,
      h_INTERNAL_DO_NOT_USE: host,
    })
    return
  }
  expect(headers.get('cache-control')).toBe(neverStored)
  expect(headers.get('expires')).toBe('Thu, 01 Jan 1970 00:00:01 GMT')
  if (outcome === 'login-' || outcome === 'login+') {
    expect(headers.get('cf-access-aud')).toBeNull()
    expect(cookies).toEqual([
      expect.stringMatching(
        new RegExp(`^CF_AppSession=[0-9a-f]{16}; Expires=${expires}; Path=/; Secure; HttpOnly$`),
      ),
    ])
    const login = loginOf({ headers: { location: headers.get('location') ?? '' } })
    expect([login.order, Object.keys(login.meta)]).toEqual(['kid,meta,redirect_url', metaOrder])
    expect(login.meta.iat).toBe(startSeconds)
  } else if (outcome !== '401 xhr') {
    const heading = outcome === '401' ? 'Unauthorized' : 'Forbidden'
    if (answer.json === undefined) expect(text).toContain(`<h1>${heading}</h1>`)
    else {
      expect(answer.json).toEqual({
        message: `${heading}. You don't have permission to view this. Please contact your system administrator.`,
        status_code: answer.status,
        aud,
        ray_id: answer.ray?.slice(0, 16),
        mtls_status: 'NONE',
      })
    }
  }
}

/** Sends a request of the table, and expects everything that is known of the outcome. */
async function expectCell({ emulator, aud }: EdgeFixture, cell: Cell, asking: EdgeAsking) {
  const host = hosts[cell.letter]
  const answer = await ask(emulator, `https://${host}/`, asking)
  const application = { aud: aud(host), domain: host }
  expectations(answer, cell.outcome, { application, target: { team } })
  expectExactly(answer, cell.outcome, host, application.aud)
  return answer
}

/** For the time of the exchange T has a Service Auth policy, so that there is a JWT of it in every world. */
async function tokensOf(world: EdgeFixture): Promise<Readonly<Record<Cell['letter'], string>>> {
  const params = { app_id: world.id(hosts.T) }
  const include = [{ any_valid_service_token: {} }]
  const body = { name: 'meanwhile', decision: 'non_identity', include }
  const { id } = await world.api(api.applicationPolicies.create, { params, body })
  const tokens = {
    M: await world.tokenFor(hosts.M),
    T: await world.tokenFor(hosts.T),
    P: await world.tokenFor(hosts.P),
  }
  await world.api(api.applicationPolicies.delete, { params: { ...params, policy_id: id } })
  return tokens
}

describe.each(profiles)('in profile %s', (profile) => {
  let world: EdgeFixture
  let tokens: Readonly<Record<Cell['letter'], string>>
  beforeAll(async () => {
    world = await edgeFixture({ profile, keep: true })
    tokens = await tokensOf(world)
  })
  afterAll(() => world.emulator.close())

  test.each(rows.filter(([, , , , cell]) => cell.profile === profile))(
    '%s (%s) at %s gets %s',
    async (_request, form, letter, outcome, cell, asking) => {
      const answer = await expectCell(world, cell, asking(tokens[letter]))
      expect(isMarkedExpected(answer)).toBe(onlyExpected(cell))
      const isBlock = outcome === '403' || outcome === '401'
      if (isBlock) expect(answer.json !== undefined).toBe(form === 'with Accept: application/json')
    },
  )

  test('HEAD is answered as GET, without a body', async () => {
    const sent = cells.filter(
      (cell) => cell.profile === profile && cell.request === 'no credential',
    )
    for (const { letter, outcome } of sent) {
      const { status, text } = await world.send(hosts[letter], { method: 'HEAD' })
      expect([status, text]).toEqual([outcome === 'login-' ? 302 : 403, ''])
    }
  })
})

describe('strict_service_token_auth, set by PATCH in profile observed', () => {
  let world: EdgeFixture
  let tokens: Readonly<Record<Cell['letter'], string>>
  const set = (strict_service_token_auth: boolean) =>
    world.api(api.organizations.patch, { body: { strict_service_token_auth } })
  beforeAll(async () => {
    world = await edgeFixture({ profile: 'observed', keep: true })
    tokens = await tokensOf(world)
    await set(true)
  })
  afterAll(() => world.emulator.close())

  test.each(rows.filter(([, , , , cell]) => cell.profile === 'strict'))(
    '%s (%s) at %s gets %s',
    async (_request, _form, letter, _outcome, cell, asking) => {
      const answer = await expectCell(world, cell, asking(tokens[letter]))
      expect(isMarkedExpected(answer)).toBe(false)
    },
  )

  test('ends when it is turned off again', async () => {
    await set(false)
    expect((await world.send(hosts.M, { pair: pairs.named })).cookies).toHaveLength(1)
    await set(true)
    expect((await world.send(hosts.M, { pair: pairs.named })).cookies).toEqual([])
  })
})

describe('strict handling refuses headers that can be no pair', () => {
  const { client_id: id, client_secret: secret } = pairs.named
  const single = JSON.stringify({ 'cf-access-client-id': id, 'cf-access-client-secret': secret })
  const host = 'single.example.com'
  const applications = [
    app(host, [policy('non_identity', theNamed)], {
      read_service_tokens_from_header: 'x-pair',
    }),
  ]
  const inStrict = sharedEdge({ profile: 'strict', applications })
  const inObserved = sharedEdge({ profile: 'observed', applications })
  test.each([
    ['a client id without a secret', ['cf-access-client-id', id], 401, 403],
    ['a secret without a client id', ['cf-access-client-secret', secret], 401, 403],
    [
      'the same client id twice',
      ['cf-access-client-id', id, 'cf-access-client-id', id, 'cf-access-client-secret', secret],
      401,
      200,
    ],
    [
      'both forms at once',
      ['cf-access-client-id', id, 'cf-access-client-secret', secret, 'x-pair', single],
      401,
      200,
    ],
    ['the single header', ['x-pair', single], 200, 200],
  ] as const)('%s', async (_what, headers, strict, lenient) => {
    expect((await inStrict().send(host, { headers })).status).toBe(strict)
    expect((await inObserved().send(host, { headers })).status).toBe(lenient)
  })
})
