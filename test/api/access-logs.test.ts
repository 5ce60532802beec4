import { beforeAll, describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { startApi, useApi } from '../support/api.ts'

const { list } = contract.accessLogs

const api = useApi({ profile: 'observed', resets: false })
let wiki: { readonly id: string }
let shop: { readonly id: string }
const rays: Record<string, string> = {}

/** Four requests, a minute apart: admitted, refused, redirected to a login, and bypassing Access. */
beforeAll(async () => {
  const token = await api.ok(contract.serviceTokens.create, { body: { name: 'ci' } })
  const machines = {
    name: 'ci',
    decision: 'non_identity',
    include: [{ service_token: { token_id: token.id } }],
  } as const
  const make = (name: string, policies: readonly object[]) =>
    api.ok(contract.applications.create, {
      body: {
        type: 'self_hosted',
        name,
        domain: `${name}.example.com`,
        policies: [...policies],
      },
    })
  wiki = await make('wiki', [machines])
  shop = await make('shop', [machines])
  await make('news', [{ name: 'all', decision: 'allow', include: [{ everyone: {} }] }])
  await make('open', [{ name: 'all', decision: 'bypass', include: [{ everyone: {} }] }])
  const pair = {
    'cf-access-client-id': token.client_id,
    'cf-access-client-secret': token.client_secret,
  }
  const visits = [
    [
      'wiki',
      { ...pair, 'access-emulator-client-ip': '192.0.2.7', 'access-emulator-country': 'DE' },
    ],
    ['shop', {}],
    ['news', {}],
    ['open', {}],
  ] as const
  for (const [name, headers] of visits) {
    const url = api.emulator.urlFor(`${name}.example.com`)
    const answer = await api.emulator.fetch(url, { headers, redirect: 'manual' })
    rays[name] = (answer.headers.get('cf-ray') ?? '').slice(0, 16)
    await api.advance(60)
  }
})

test('successful and refused authentications are logged, newest first', async () => {
  expect(await api.ok(list)).toEqual([
    {
      ray_id: rays.shop,
      created_at: '2026-01-02T03:05:05Z',
      action: 'login',
      allowed: false,
      app_domain: 'shop.example.com',
      app_uid: shop.id,
      app_type: 'self_hosted',
      ip_address: '127.0.0.1',
      country: 'XX',
      non_identity: true,
    },
    {
      ray_id: rays.wiki,
      created_at: '2026-01-02T03:04:05Z',
      action: 'login',
      allowed: true,
      app_domain: 'wiki.example.com',
      app_uid: wiki.id,
      app_type: 'self_hosted',
      connection: 'service_token',
      ip_address: '192.0.2.7',
      country: 'DE',
      non_identity: true,
    },
  ])
})

describe('the log filters', () => {
  test.each([
    [{ direction: 'asc' }, ['wiki', 'shop']],
    [{ limit: 1 }, ['shop']],
    [{ limit: 1, page: 2 }, []],
    [{ per_page: 1, page: 2 }, ['wiki']],
    [{ since: '2026-01-02T03:05:00Z' }, ['shop']],
    [{ until: '2026-01-02T03:05:00Z' }, ['wiki']],
    [{ until: '2026-01-02T04:05:05+01:00', since: '2026-01-02T03:05:05Z' }, ['shop']],
    [{ allowed: 'true' }, ['wiki']],
    [{ allowed: 'true', allowedOp: 'neq' }, ['shop']],
    [{ country_code: 'DE' }, ['wiki']],
    [{ country_code: 'DE', country_codeOp: 'neq' }, ['shop']],
    [{ app_type: 'saas' }, []],
    [{ app_type: 'saas', app_typeOp: 'neq' }, ['shop', 'wiki']],
    [{ non_identity: 'false' }, []],
    [{ email: '@example.com' }, []],
    [{ email: 'a@example.com', emailOp: 'neq' }, ['shop', 'wiki']],
    [{ idp: 'onetimepin' }, []],
    [{ user_id: 'whoever' }, ['shop', 'wiki']],
  ] as const)('%j', async (query, names) => {
    const shown = await api.ok(list, { query })
    expect(shown.map(({ app_domain }) => app_domain)).toEqual(
      names.map((name) => `${name}.example.com`),
    )
  })

  test('by application and by ray', async () => {
    expect(await api.ok(list, { query: { app_uid: wiki.id } })).toMatchObject([
      { app_uid: wiki.id },
    ])
    const others = { app_uid: wiki.id, app_uidOp: 'neq' } as const
    expect(await api.ok(list, { query: others })).toMatchObject([{ app_uid: shop.id }])
    const query = { ray_id: rays.shop }
    expect(await api.ok(list, { query })).toMatchObject([{ app_uid: shop.id }])
  })

  test('fields picks', async () => {
    const query = { fields: 'app_uid, allowed,nothing' }
    expect(await api.ok(list, { query })).toEqual([
      { app_uid: shop.id, allowed: false },
      { app_uid: wiki.id, allowed: true },
    ])
  })

  test.each(['direction=up', 'since=yesterday', 'limit=0', 'allowedOp=gt', 'allowed=yes'])(
    '?%s is refused',
    async (query) => {
      const [name, value] = query.split('=')
      const refused = await api.refused(list, { query: { [name ?? '']: value } })
      expect(refused).toMatchObject({ status: 400, code: 12130 })
    },
  )
})

test('25 entries are shown unless limit or per_page asks for more', async () => {
  const busy = await startApi()
  try {
    const body = { type: 'self_hosted', name: 'Empty', domain: 'empty.example.com' }
    await busy.ok(contract.applications.create, { body })
    const url = busy.emulator.urlFor('empty.example.com')
    await Promise.all(Array.from({ length: 28 }, () => busy.emulator.fetch(url)))
    expect(await busy.ok(list)).toHaveLength(25)
    expect(await busy.ok(list, { query: { limit: 27 } })).toHaveLength(27)
    expect(await busy.ok(list, { query: { per_page: 100 } })).toHaveLength(28)
    expect(await busy.ok(list, { query: { per_page: 20, limit: 27, page: 2 } })).toHaveLength(7)
  } finally {
    await busy.emulator.close()
  }
})
