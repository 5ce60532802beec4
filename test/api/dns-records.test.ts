import { describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { other, startApi, team, useApi } from '../support/api.ts'

const api = useApi()

const { create, edit, get, list, replace } = contract.dnsRecords
const remove = contract.dnsRecords.delete
const [, secondZone] = team.zones
const secondPath = `/zones/${secondZone?.id}/dns_records`

const aaaa = { type: 'AAAA', name: 'app.example.com', content: '100::', proxied: true }
const make = (body: object) => api.ok(create, { body })
const paramsOf = ({ id }: { id: string }) => ({ dns_record_id: id })

test('a record is created, read, listed and deleted', async () => {
  const made = await make(aaaa)
  expect(made).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    name: 'app.example.com',
    type: 'AAAA',
    content: '100::',
    proxiable: true,
    proxied: true,
    ttl: 1,
    settings: {},
    meta: {},
    comment: null,
    tags: [],
    created_on: '2026-01-02T03:04:05Z',
    modified_on: '2026-01-02T03:04:05Z',
  })
  const params = paramsOf(made)
  expect(await api.ok(get, { params })).toEqual(made)
  expect((await api.call(list)).body).toMatchObject({
    result: [made],
    result_info: { page: 1, per_page: 100, count: 1, total_count: 1, total_pages: 1 },
  })
  expect(await api.ok(remove, { params })).toEqual({ id: made.id })
  const gone = { status: 404, code: 81044, message: 'Record does not exist.' }
  expect(await api.refused(get, { params })).toEqual(gone)
  expect(await api.refused(remove, { params })).toEqual(gone)
  expect(await api.refused(replace, { params, body: aaaa })).toEqual(gone)
  expect(await api.refused(edit, { params, body: {} })).toEqual(gone)
})

test('a record belongs to its zone and to no other zone of the account', async () => {
  const made = await make(aaaa)
  expect((await api.send('GET', secondPath)).body.result).toEqual([])
  for (const method of ['GET', 'DELETE', 'PATCH', 'PUT'] as const) {
    const body = method === 'PUT' ? { ...aaaa, name: 'x' } : {}
    const answer = await api.send(method, `${secondPath}/${made.id}`, { body })
    expect({ method, status: answer.status }).toEqual({ method, status: 404 })
    expect(answer.body.errors?.[0]?.code).toBe(81044)
  }
  expect(await api.ok(get, { params: paramsOf(made) })).toEqual(made)
  const [zone] = other.zones
  const foreign = await api.send('GET', `/zones/${zone?.id}/dns_records`)
  expect([foreign.status, foreign.body.errors?.[0]?.code]).toEqual([403, 9109])
})

test('records need no organization, and belong to no account directly', async () => {
  const answer = await api.send('GET', `/accounts/${team.id}/dns_records`)
  expect([answer.status, answer.body.errors?.[0]?.code]).toEqual([404, 7003])
  const odd = await api.send('GET', `/zones/${team.zones[0]?.id}/dns_records/not-an-id`)
  expect([odd.status, odd.body.errors?.[0]?.code]).toEqual([404, 7003])
})

describe('the name of a record', () => {
  test.each([
    ['@', 'example.com'],
    ['example.com', 'example.com'],
    ['app', 'app.example.com'],
    ['a.b', 'a.b.example.com'],
    ['App.Example.COM.', 'app.example.com'],
    ['app.example.org', 'app.example.org.example.com'],
    ['notexample.com', 'notexample.com.example.com'],
    ['*', '*.example.com'],
    ['*.wild', '*.wild.example.com'],
    ['123', '123.example.com'],
    ['_acme-challenge', '_acme-challenge.example.com'],
    ['bücher', 'xn--bcher-kva.example.com'],
  ])('%s becomes %s', async (name, whole) => {
    expect(await make({ ...aaaa, name })).toMatchObject({ name: whole })
  })

  test.each(['', 'a..b', 'a b', 'a.*.b', '-a', 'x'.repeat(64), `${'x.'.repeat(125)}x`])(
    '“%.20s” is refused',
    async (name) => {
      expect(await api.refused(create, { body: { ...aaaa, name } })).toEqual({
        status: 400,
        code: 9000,
        message: 'DNS name is invalid.',
      })
    },
  )
})

describe('the content of a record', () => {
  test.each([
    ['A', '192.0.2.1', '192.0.2.1', true],
    ['AAAA', '2001:DB8:0:0:0:0:0:1', '2001:db8::1', true],
    ['CNAME', 'Target.example.net.', 'target.example.net', true],
    ['TXT', '"v=spf1 -all"', '"v=spf1 -all"', false],
  ])('of type %s may be %s', async (type, content, kept, proxiable) => {
    const body = { type, name: 'app', content, ttl: 300 }
    expect(await make(body)).toMatchObject({ content: kept, proxiable, proxied: false, ttl: 300 })
  })

  test.each([
    ['A', '100::', 9005],
    ['A', '192.0.2.256', 9005],
    ['A', undefined, 9005],
    ['AAAA', '192.0.2.1', 9006],
    ['AAAA', 'fe80::1%eth0', 9006],
    ['CNAME', '192.0.2.1', 9007],
    ['CNAME', 'https://example.net', 9007],
    ['CNAME', 'app.example.com', 9039],
    ['TXT', '', 9207],
  ])('of type %s may not be %s', async (type, content, code) => {
    const body = { type, name: 'app', content, ttl: 1 }
    expect(await api.refused(create, { body })).toMatchObject({ status: 400, code })
  })
})

describe('is refused:', () => {
  test.each([
    ['a TTL below a minute', { ttl: 59, proxied: false }, 9021],
    ['a TTL above a day', { ttl: 86_401, proxied: false }, 9021],
    ['a TTL of half a second more', { ttl: 60.5, proxied: false }, 9021],
    ['a TXT record that is proxied', { type: 'TXT', content: 'x' }, 9004],
    ['an unknown type', { type: 'AAAAA' }, 9207],
    ['a name that is not a string', { name: 7 }, 9207],
  ])('%s', async (_, change, code) => {
    const body = { ...aaaa, ...change }
    expect(await api.refused(create, { body })).toMatchObject({ status: 400, code })
    expect(await api.ok(list)).toEqual([])
  })

  test('a type that is not emulated, in so many words', async () => {
    const body = { type: 'MX', name: '@', content: 'mail.example.net', priority: 10 }
    expect(await api.refused(create, { body })).toEqual({
      status: 501,
      code: 19501,
      message: 'This operation of the Cloudflare API is not emulated yet: DNS records of type MX',
    })
  })
})

test.each([
  ['2026-01-02T03:04:05.120Z', '2026-01-02T03:04:05.12Z'],
  ['2026-01-02T03:04:10.007Z', '2026-01-02T03:04:10.007Z'],
  ['2026-01-02T03:04:10Z', '2026-01-02T03:04:10Z'],
])('times have no trailing zeros: at %s it is %s', async (at, time) => {
  await api.emulator.control.setClock({ body: { at } })
  const made = await make({ ...aaaa, comment: 'c', tags: ['a:b'] })
  expect(made).toMatchObject({
    created_on: time,
    modified_on: time,
    comment_modified_on: time,
    tags_modified_on: time,
  })
})

test('a proxied record has the automatic TTL, whatever is sent', async () => {
  expect(await make({ ...aaaa, ttl: 300 })).toMatchObject({ ttl: 1 })
})

describe('on one name', () => {
  const a = { type: 'A', name: 'app', content: '192.0.2.1' }
  const cname = { type: 'CNAME', name: 'app', content: 'one.example.net' }
  const txt = { type: 'TXT', name: 'app', content: 'x' }

  test.each([
    ['the same again', a, a, 81058],
    ['the same text again', txt, txt, 81058],
    ['an alias beside an address', a, cname, 81053],
    ['an alias beside another', cname, { ...cname, content: 'two.example.net' }, 81053],
    ['an address beside an alias', cname, a, 81054],
  ])('stands no record that is %s', async (_, first, second, code) => {
    const made = await make(first)
    expect(await api.refused(create, { body: second })).toMatchObject({ status: 400, code })
    // In another zone, and on another name, it does.
    expect((await api.send('POST', secondPath, { body: second })).status).toBe(200)
    const moved = await make({ ...second, name: 'elsewhere' })
    const params = paramsOf(moved)
    expect(await api.refused(replace, { params, body: second })).toMatchObject({ code })
    expect(await api.refused(edit, { params, body: { name: 'app' } })).toMatchObject({ code })
    expect(await api.ok(get, { params })).toEqual(moved)
    // A record does not conflict with itself.
    expect(await api.ok(replace, { params: paramsOf(made), body: first })).toEqual(made)
  })

  test.each([
    ['addresses of several kinds and values', [a, { ...a, content: '192.0.2.2' }, { ...aaaa }]],
    ['an alias and text', [cname, txt]],
  ])('stand %s', async (_, bodies) => {
    for (const body of bodies) await make(body)
    expect(await api.ok(list)).toHaveLength(bodies.length)
  })
})

test('PUT replaces all of a record, PATCH what it names', async () => {
  const made = await make({ ...aaaa, comment: 'one', tags: ['owner:web'] })
  const params = paramsOf(made)
  expect(made).toMatchObject({
    comment_modified_on: made.created_on,
    tags_modified_on: made.created_on,
  })
  await api.advance(60)
  const edited = await api.ok(edit, { params, body: { comment: 'two' } })
  expect(edited).toEqual({
    ...made,
    comment: 'two',
    modified_on: '2026-01-02T03:05:05Z',
    comment_modified_on: '2026-01-02T03:05:05Z',
  })
  await api.advance(60)
  expect(await api.ok(edit, { params, body: { content: '100::1' } })).toEqual({
    ...edited,
    content: '100::1',
    modified_on: '2026-01-02T03:06:05Z',
  })
  const replaced = await api.ok(replace, {
    params,
    body: { type: 'A', name: 'other', content: '192.0.2.1' },
  })
  expect(replaced).toEqual({
    ...made,
    type: 'A',
    name: 'other.example.com',
    content: '192.0.2.1',
    proxied: false,
    comment: null,
    tags: [],
    modified_on: '2026-01-02T03:06:05Z',
    comment_modified_on: undefined,
    tags_modified_on: undefined,
  })
})

test('a zone below another has its own records, under the same names', async () => {
  const zones = [{ name: 'example.com' }, { name: 'sub.example.com' }]
  const nested = await startApi({ seed: { accounts: [{ ...team, zones }] } })
  const ids = nested.emulator.account.zones.map(({ id }) => id)
  const bodies = [
    { ...aaaa, name: 'app.sub' },
    { type: 'CNAME', name: 'app', content: 'x.example.net' },
  ]
  for (const [index, body] of bodies.entries()) {
    const answer = await nested.send('POST', `/zones/${ids[index]}/dns_records`, { body })
    expect(answer.body.result).toMatchObject({ name: 'app.sub.example.com' })
  }
  await nested.emulator.close()
})

describe('a list of records', () => {
  const rows = [
    { type: 'A', name: 'b', content: '192.0.2.2', ttl: 600, comment: 'The Office' },
    { type: 'AAAA', name: 'a', content: '100::', proxied: true, tags: ['owner:web', 'tier:1'] },
    { type: 'CNAME', name: 'c', content: 'b.example.com', ttl: 300, tags: ['owner:data'] },
    { type: 'TXT', name: 'b', content: 'hello', ttl: 60 },
  ]
  const found = async (query: Readonly<Record<string, string>>) =>
    (await api.ok(list, { query })).map(({ type }) => type)

  test.each<[Record<string, string>, string[]]>([
    [{}, ['A', 'AAAA', 'CNAME', 'TXT']],
    [{ name: 'B.example.com' }, ['A', 'TXT']],
    [{ name: 'b' }, []],
    [{ type: 'A', name: 'b.example.com' }, ['A']],
    [{ 'name.exact': 'a.example.com' }, ['AAAA']],
    [{ 'name.contains': 'B.' }, ['A', 'TXT']],
    [{ 'name.startswith': 'c' }, ['CNAME']],
    [{ 'name.endswith': '.example.com' }, ['A', 'AAAA', 'CNAME', 'TXT']],
    [{ 'name.endswith': 'a' }, []],
    [{ content: '100::' }, ['AAAA']],
    [{ 'content.exact': 'Hello' }, ['TXT']],
    [{ 'content.contains': 'example' }, ['CNAME']],
    [{ proxied: 'true' }, ['AAAA']],
    [{ proxied: 'false' }, ['A', 'CNAME', 'TXT']],
    [{ comment: 'the office' }, ['A']],
    [{ 'comment.present': '' }, ['A']],
    [{ 'comment.absent': '' }, ['AAAA', 'CNAME', 'TXT']],
    [{ 'comment.contains': 'off' }, ['A']],
    [{ 'tag.present': 'OWNER' }, ['AAAA', 'CNAME']],
    [{ 'tag.absent': 'owner' }, ['A', 'TXT']],
    [{ 'tag.exact': 'owner:web' }, ['AAAA']],
    [{ 'tag.startswith': 'owner:d' }, ['CNAME']],
    [{ 'tag.exact': 'owner:data', 'tag.present': 'tier' }, []],
    [{ 'tag.exact': 'owner:data', 'tag.present': 'tier', tag_match: 'any' }, ['AAAA', 'CNAME']],
    [{ type: 'A', content: 'hello' }, []],
    [{ type: 'A', content: 'hello', match: 'any' }, ['A', 'TXT']],
    [{ search: 'OFFICE' }, ['A']],
    [{ search: 'b.example.com', type: 'TXT', match: 'any' }, ['TXT']],
    [{ match: 'any' }, ['A', 'AAAA', 'CNAME', 'TXT']],
    [{ order: 'name' }, ['AAAA', 'A', 'TXT', 'CNAME']],
    [{ order: 'type', direction: 'desc' }, ['TXT', 'CNAME', 'AAAA', 'A']],
    [{ order: 'ttl' }, ['AAAA', 'TXT', 'CNAME', 'A']],
    [{ order: 'proxied', direction: 'desc' }, ['AAAA', 'TXT', 'CNAME', 'A']],
    [{ order: 'content' }, ['AAAA', 'A', 'CNAME', 'TXT']],
    [{ per_page: '2', page: '2' }, ['CNAME', 'TXT']],
  ])('asked for %o shows %o', async (query, types) => {
    for (const body of rows) await make(body)
    expect(await found(query)).toEqual(types)
  })

  test.each([{ type: 'Q' }, { proxied: 'yes' }, { order: 'age' }, { page: '0' }])(
    'cannot be asked for %o',
    async (query) => {
      expect(await api.refused(list, { query })).toMatchObject({ status: 400, code: 9207 })
    },
  )
})

test('fields that no contract names are kept; the priority of another type is dropped', async () => {
  const made = await make({ ...aaaa, priority: 10, future: { of: 'records' } })
  expect(made).toMatchObject({ future: { of: 'records' } })
  expect(made).not.toHaveProperty('priority')
  expect(await api.ok(edit, { params: paramsOf(made), body: { ttl: 1 } })).toMatchObject({
    future: { of: 'records' },
  })
})

test('the same name and type give the same id on every machine', async () => {
  const first = await make(aaaa)
  const again = await startApi()
  const second = await again.ok(create, { body: aaaa })
  await again.emulator.close()
  expect(second).not.toEqual(first)

  const idAfter = async (...names: string[]) => {
    const one = await startApi({ entropy: 'fixed' })
    for (const name of names) await one.ok(create, { body: { ...aaaa, name } })
    const { id } = await one.ok(create, { body: aaaa })
    await one.emulator.close()
    return id
  }
  // Objects created earlier do not shift it.
  expect(await idAfter()).toBe(await idAfter('before', 'and-before'))
})
