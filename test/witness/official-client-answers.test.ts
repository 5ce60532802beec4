/** How the official client handles pages, failures and credentials: its own error classes, and no extra request. */
import Cloudflare, { APIError } from 'cloudflare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { creatables, newBody } from '../../contracts/api/new-body.ts'
import type { SeedInput } from '../../contracts/control/seed.ts'
import type { Creatable } from '../../contracts/declaration/resource.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { drive } from './client-methods.ts'
import { clientOf, everyItem, present } from './official-client.ts'
import { createRecorder } from './recorder.ts'

const account_id = '11111111111111111111111111111111'
const api_token = 'witness-token-of-the-account'
const api_key = 'abcdefabcdefabcdefabcdefabcdefabcdefa'
const email = 'owner@example.com'
const everyone = [{ everyone: {} }]
const three = ['one', 'two', 'three']
const policies = three.map((name) => ({ name, decision: 'allow' as const, include: everyone }))

/** Three of everything. */
const seed: SeedInput = {
  accounts: [
    {
      id: account_id,
      name: 'Witness',
      api_token,
      api_key,
      email,
      zones: three.map((name) => ({ name: `${name}.example.com` })),
      organization: { name: 'Witness', auth_domain: 'witness.cloudflareaccess.com' },
      identity_providers: three.map((name) => ({ name, type: 'github' as const, config: {} })),
      tags: three.map((name) => ({ name })),
      service_tokens: three.map((name) => ({ name })),
      groups: three.map((name) => ({ name, include: everyone })),
      policies,
      applications: [
        { type: 'self_hosted', domain: 'one.example.com', policies },
        { type: 'self_hosted', domain: 'two.example.com' },
        { type: 'self_hosted', domain: 'three.example.com' },
      ],
    },
  ],
}

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ seed })
})
afterAll(() => emulator.close())

type Credentials = Pick<Parameters<typeof clientOf>[1], 'apiToken' | 'apiKey' | 'apiEmail'>

function recorded(credentials: Credentials = { apiToken: api_token }) {
  const { seen, fetchFor } = createRecorder()
  return { seen, client: clientOf(emulator, { ...credentials, fetch: fetchFor('cloudflare') }) }
}

/** Lists of an account, and that of zones. */
const lists = [
  ...creatables
    .filter(({ operations }) => operations.list.paging !== undefined)
    .filter(({ scope, below }) => scope !== 'zone' && below === undefined)
    .map((resource) => ({ what: resource.many, path: resource.path, resource })),
  { what: 'zones', path: '', resource: undefined },
]

/** Creates one, and what its body names; returns its key. */
async function make(client: Cloudflare, resource: Creatable, count: number): Promise<string> {
  const fresh = {
    name: (what: string) => `${what} ${count}`,
    host: () => `host-${count}.one.example.com`,
  }
  const body = await newBody(resource, fresh, (named) => make(client, named, count))
  const made = await drive(
    client,
    `POST /accounts/{account_id}${resource.path}`,
    [account_id],
    body,
  )
  return String(Reflect.get(Object(made), resource.key ?? 'id'))
}

describe('iteration over all pages ends', () => {
  test.each(lists)('of $what, two on a page', async ({ resource, path }) => {
    const { client, seen } = recorded()
    const call = resource === undefined ? 'GET /zones' : `GET /accounts/{account_id}${path}`
    const list = (query = {}) =>
      everyItem(
        drive(
          client,
          call,
          resource === undefined ? [] : [account_id],
          query,
        ) as AsyncIterable<unknown>,
      )
    const asked = async (query = {}) => {
      const before = seen.length
      return { items: await list(query), requests: seen.length - before }
    }
    for (let count = (await list()).length; count < 3 && resource !== undefined; count += 1) {
      await make(client, resource, count)
    }
    // The client asks until a page is empty, whatever total_pages says.
    const whole = await asked()
    expect(whole.items.length).toBeGreaterThanOrEqual(3)
    expect(whole.requests).toBe(2)
    const paged = await asked({ per_page: 2 })
    expect(paged.items).toEqual(whole.items)
    expect(paged.requests).toBe(Math.ceil(whole.items.length / 2) + 1)
  })

  test('of the policies of an application, two on a page', async () => {
    const { client } = recorded()
    const { applications } = client.zeroTrust.access
    const [application] = await everyItem(
      applications.list({ account_id, domain: 'one.example.com' }),
    )
    const page = { account_id, per_page: 2 }
    const found = await everyItem(applications.policies.list(present(application?.id), page))
    expect(found.map(({ name }) => name)).toEqual(three)
  })

  test('of accounts: the token belongs to one', async () => {
    const { client, seen } = recorded()
    expect(await everyItem(client.accounts.list())).toMatchObject([{ id: account_id }])
    expect(seen).toHaveLength(2)
  })
})

interface Failing {
  readonly title: string
  readonly as?: Credentials
  readonly ask: (client: Cloudflare) => Promise<unknown>
  readonly kind: new (...parameters: never[]) => APIError
  readonly status: number
  readonly code: number
}

const unknownId = '00000000-0000-4000-8000-000000000000'
const failures: readonly Failing[] = [
  {
    title: 'no credentials',
    as: {},
    ask: (client) => client.zeroTrust.access.keys.get({ account_id }),
    kind: Cloudflare.BadRequestError,
    status: 400,
    code: 9106,
  },
  {
    title: 'a token of nobody',
    as: { apiToken: 'a-token-of-nobody-at-all' },
    ask: (client) => client.zeroTrust.access.keys.get({ account_id }),
    kind: Cloudflare.PermissionDeniedError,
    status: 403,
    code: 10000,
  },
  {
    title: 'the verification of a token of nobody',
    as: { apiToken: 'a-token-of-nobody-at-all' },
    ask: (client) => client.user.tokens.verify(),
    kind: Cloudflare.AuthenticationError,
    status: 401,
    code: 1000,
  },
  {
    title: 'another account',
    ask: (client) =>
      client.zeroTrust.access.keys.get({ account_id: '22222222222222222222222222222222' }),
    kind: Cloudflare.PermissionDeniedError,
    status: 403,
    code: 9109,
  },
  {
    title: 'an unknown application',
    ask: (client) => client.zeroTrust.access.applications.get(unknownId, { account_id }),
    kind: Cloudflare.NotFoundError,
    status: 404,
    code: 11021,
  },
  {
    title: 'an unknown service token',
    ask: (client) => client.zeroTrust.access.serviceTokens.get(unknownId, { account_id }),
    kind: Cloudflare.NotFoundError,
    status: 404,
    code: 12135,
  },
  {
    title: 'a body that is not valid',
    ask: (client) =>
      client.zeroTrust.access.keys.update({ account_id, key_rotation_interval_days: 1 }),
    kind: Cloudflare.BadRequestError,
    status: 400,
    code: 12130,
  },
  {
    title: 'a domain that another application has',
    ask: (client) =>
      client.zeroTrust.access.applications.create({
        account_id,
        type: 'self_hosted',
        domain: 'two.example.com',
      }),
    kind: Cloudflare.ConflictError,
    status: 409,
    code: 11010,
  },
  {
    title: 'an operation that is not emulated',
    ask: (client) => client.zeroTrust.devices.policies.default.get({ account_id }),
    kind: Cloudflare.InternalServerError,
    status: 501,
    code: 19501,
  },
]

describe('a failure', () => {
  test.each(failures)('is of the client’s own class, and asked once: $title', async (one) => {
    const { client, seen } = recorded(one.as)
    const error: unknown = await one.ask(client).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(one.kind)
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ status: one.status, errors: [{ code: one.code }] })
    expect(seen).toHaveLength(1)
  })
})

describe('the key and e-mail address of an account', () => {
  const apiKey = api_key
  const apiEmail = email

  test('do what its API token does', async () => {
    const byKey = recorded({ apiKey, apiEmail }).client.zeroTrust.access
    const byToken = recorded().client.zeroTrust.access
    const applications = await everyItem(byKey.applications.list({ account_id }))
    expect(applications).toHaveLength(3)
    expect(applications).toEqual(await everyItem(byToken.applications.list({ account_id })))
    const made = await byKey.tags.create({ account_id, name: 'by key' })
    expect(await byToken.tags.delete('by key', { account_id })).toEqual({ name: made.name })
  })

  test('do nothing with the address of another', async () => {
    const { client } = recorded({ apiKey, apiEmail: 'other@example.com' })
    await expect(client.zeroTrust.access.keys.get({ account_id })).rejects.toThrow(
      Cloudflare.PermissionDeniedError,
    )
  })
})
