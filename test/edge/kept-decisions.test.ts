/** A write forgets only the decisions that it can change; the others are the very same objects afterwards. */
import { beforeEach, expect, test, vi } from 'vitest'
import type { Rule } from '../../contracts/api/rules.ts'
import type { Profile } from '../../contracts/behaviours/table.ts'
import type { ApplicationTokenClaims } from '../../contracts/edge/claims.ts'
import type { Subject } from '../../emulator/access/subject.ts'
import { type Account, createAccount } from '../../emulator/account/account.ts'
import { decisionOf } from '../../emulator/account/decision.ts'
import { rulebookOf } from '../../emulator/account/evaluate.ts'
import { isKnownHost } from '../../emulator/account/known-hosts.ts'
import { memoryLog } from '../../emulator/state/log.ts'
import type { ApplicationRow, GroupRow, PolicyRow } from '../../emulator/state/rows.ts'
import { createWorld } from '../../emulator/world/world.ts'

const at = '2030-01-01T00:00:00Z'
const times = { created_at: at, updated_at: at, extra: {} }

function application(id: string, ...policies: readonly string[]): ApplicationRow {
  const links = policies.map((policy, index) => ({ id: policy, precedence: index + 1 }))
  const domain = `${id}.example.com`
  return { id, uid: id, type: 'self_hosted', aud: id, domain, links, ...times }
}

const lists = (...include: readonly Rule[]) => ({ include: [...include], require: [], exclude: [] })
const here: Rule = { ip: { ip: '127.0.0.0/8' } }
const elsewhere: Rule = { ip: { ip: '192.0.2.0/24' } }
const inGroup = (id: string): Rule => ({ group: { id } })

function bypass(id: string, ...include: readonly Rule[]): PolicyRow {
  return { id, uid: id, name: id, decision: 'bypass', ...lists(...include), ...times }
}

function group(id: string, ...include: readonly Rule[]): GroupRow {
  return { id, uid: id, name: id, ...lists(...include), ...times }
}

const machine = { token_id: 'machine', client_id: 'machine.access', name: 'machine' }
const serviceToken = {
  ...{ id: machine.token_id, client_id: machine.client_id, name: machine.name },
  ...{
    client_secret: 'secret',
    client_secret_version: 1,
    duration: 'forever',
    enabled: true,
    expires_at: null,
    ...times,
  },
}

/** An account with two applications; its decisions count how often they asked for a policy's rules. */
let account: Account
let asked = 0
const counted: typeof rulebookOf = (...of) => {
  const rulebook = rulebookOf(...of)
  const policies = rulebook.policies.map((policy) => ({
    ...policy,
    get include() {
      asked += 1
      return policy.include
    },
  }))
  return { ...rulebook, policies }
}
function open(profile: Profile) {
  const identity = { id: '0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a', name: 'Orchard', zones: [] }
  const credentials = { api_token: 'token', api_key: 'key', email: 'owner@orchard.example' }
  account = createAccount(
    { ...identity, ...credentials },
    { profile, overrides: {} },
    createWorld({ entropy: 'kept' }),
    memoryLog,
  )
  account.commit([
    { table: 'service_tokens', put: serviceToken },
    { table: 'groups', put: group('inner', here) },
    { table: 'groups', put: group('outer', inGroup('inner')) },
    { table: 'policies', put: bypass('by-group', inGroup('outer')) },
    { table: 'policies', put: bypass('by-address', here) },
    { table: 'applications', put: application('grouped', 'by-group') },
    { table: 'applications', put: application('plain', 'by-address', 'missing') },
  ])
}
beforeEach(() => open('expected'))

const nobody = { ip: '127.0.0.1', country: 'T1', pair: { status: 'absent' } } as const

function decided(id: string, more: Partial<Subject> = {}) {
  const row = account.state.tables.applications.get(id)
  if (row === undefined) throw new Error(`no application ${id}`)
  return decisionOf(account, row, { ...nobody, ...more }, counted)
}

/** Whether the decisions of both applications stay as they are over a write. */
function keptOver(...changes: Parameters<Account['commit']>[0]) {
  const before = { grouped: decided('grouped'), plain: decided('plain') }
  account.commit(changes)
  const kept = {
    grouped: decided('grouped') === before.grouped,
    plain: decided('plain') === before.plain,
  }
  // Once found current, it is remembered as such.
  expect(decided('plain')).toBe(decided('plain'))
  return kept
}

const claims: ApplicationTokenClaims = { iss: '', sub: 'user', aud: [], iat: 0, exp: 2 ** 40 }

test.each<[string, Partial<Subject>]>([
  ['nobody', {}],
  ['a pair', { pair: { status: 'valid', ...machine } }],
  ['a token', { applicationToken: { claims, holder: { kind: 'service_token', ...machine } } }],
])(
  'The rules of a policy are asked once for %s, and again for another place or device',
  (_, who) => {
    open('observed')
    const times = (more: Partial<Subject> = {}) => {
      asked = 0
      decided('plain', { ...who, ...more })
      return asked
    }
    expect([times(), times()]).toEqual([1, 0])
    expect([times({ ip: '127.0.0.7' }), times({ certificate: { common_name: 'c' } })]).toEqual([
      1, 1,
    ])
    // Profile expected asks what Cloudflare would say as well, and remembers that too.
    open('expected')
    expect([times() > 0, times()]).toEqual([true, 0])
  },
)

const both = { grouped: true, plain: true }

test('Writes to tags, counters, users and other applications keep every decision', () => {
  expect(keptOver({ table: 'tags', put: { name: 'green', ...times } })).toEqual(both)
  expect(keptOver({ table: 'counters', put: { id: 'c', count: 1 } })).toEqual(both)
  expect(keptOver({ table: 'applications', put: application('third') })).toEqual(both)
  expect(keptOver({ table: 'policies', put: bypass('of-the-third', here) })).toEqual(both)
  expect(keptOver({ table: 'groups', put: group('unused', here) })).toEqual(both)
})

test('A changed policy ends the decisions of the applications that it is linked to', () => {
  expect(keptOver({ table: 'policies', put: bypass('by-address', elsewhere) })).toEqual({
    grouped: true,
    plain: false,
  })
  expect(decided('plain').verdict.kind).not.toBe('pass')
  expect(decided('grouped').verdict.kind).toBe('pass')
})

test('A linked policy that did not exist before counts, and one that is deleted no longer does', () => {
  const missing = { ...bypass('missing', here), name: 'Found' }
  expect(keptOver({ table: 'policies', put: missing })).toEqual({ grouped: true, plain: false })
  account.commit([{ table: 'policies', delete: 'by-address' }])
  expect(decided('plain').verdict).toMatchObject({ kind: 'pass', policy: { name: 'Found' } })
})

test('A changed group ends the decisions that looked it up, however deeply it is nested', () => {
  const ended = { grouped: false, plain: true }
  expect(keptOver({ table: 'groups', put: group('inner', elsewhere) })).toEqual(ended)
  expect(decided('grouped').verdict.kind).not.toBe('pass')
  expect(keptOver({ table: 'groups', delete: 'inner' })).toEqual(ended)
  expect(keptOver({ table: 'groups', put: group('inner', here) })).toEqual(ended)
  expect(decided('grouped').verdict.kind).toBe('pass')
})

test('A changed application and an overridden behaviour count at once', () => {
  expect(keptOver({ table: 'applications', put: application('plain') })).toEqual({
    grouped: true,
    plain: false,
  })
  const before = decided('grouped')
  account.commit([], {
    ...account.overridden(),
    behaviours: { 'policy.unnamed_service_token': 'deny' },
  })
  expect(decided('grouped')).not.toBe(before)
})

test('The organization counts by its strictness only', () => {
  const organization = (name: string, strict_service_token_auth: boolean) =>
    ({
      table: 'organization',
      put: { name, strict_service_token_auth, auth_domain: 'o', ...times },
    }) as const
  account.commit([organization('Orchard', false)])
  expect(keptOver(organization('Mill', false))).toEqual(both)
  expect(keptOver(organization('Mill', true))).toEqual({ grouped: false, plain: false })
})

test('The person of a token counts as they are now', () => {
  const held = (email: string) =>
    decided('plain', {
      applicationToken: { claims, holder: { kind: 'person', identity: { email } } },
    })
  const first = held('ann@example.com')
  account.commit([{ table: 'counters', put: { id: 'c', count: 2 } }])
  expect(held('ann@example.com')).toBe(first)
  account.commit([{ table: 'counters', put: { id: 'c', count: 3 } }])
  expect(held('bea@example.com')).not.toBe(first)
})

test('What is known of a host is looked up again only after a write to its tables', () => {
  const host = 'new.example.com'
  const { applications, former_hosts, worker_hosts } = account.state.tables
  const lookUps = [applications, former_hosts].map((table) => vi.spyOn(table, 'by'))
  const counted = () => lookUps.reduce((sum, { mock }) => sum + mock.calls.length, 0)
  expect(isKnownHost(account, host)).toBe(false)
  const before = counted()
  expect(before).toBeGreaterThan(0)
  account.commit([
    { table: 'tags', put: { name: 'green', ...times } },
    { table: 'groups', put: group('unused', here) },
  ])
  expect(isKnownHost(account, host)).toBe(false)
  expect(counted()).toBe(before)
  account.commit([{ table: 'former_hosts', put: { id: host } }])
  expect(isKnownHost(account, host)).toBe(true)
  account.commit([{ table: 'former_hosts', delete: host }])
  expect(isKnownHost(account, host)).toBe(false)
  account.commit([{ table: 'applications', put: application('new') }])
  expect(isKnownHost(account, host)).toBe(true)
  account.restore({})
  expect(isKnownHost(account, host)).toBe(false)
  worker_hosts.put({ id: host, worker: 'shop', preview: false })
  expect(isKnownHost(account, host)).toBe(true)
})
