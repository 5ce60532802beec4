/** An account's tables. They change only through a list of changes, applied synchronously. */
import { guardedTypes } from '../../contracts/api/application-types.ts'
import { stored } from '../../contracts/api/operations.ts'
import type { Resource, Single } from '../../contracts/declaration/resource.ts'
import { isCollection, isInZone } from '../../contracts/declaration/resource.ts'
import { destinationKey } from '../access/hosts.ts'
import { workerKey } from '../access/workers.ts'
import type { Rows, TableName } from './rows.ts'
import { createTable, type Indexes, type Table } from './table.ts'

export type Tables = { readonly [N in TableName]: Table<Rows[N], IndexName<N>> }

/** The names of a table's indexes: any other name does not compile. */
type IndexName<N extends TableName> =
  | (N extends keyof IndexNames ? IndexNames[N] : never)
  | (Rows[N] extends { readonly zone_id: string } ? 'zone' : never)

export type Change =
  | { [N in TableName]: { readonly table: N; readonly put: Rows[N] } }[TableName]
  | { readonly table: TableName; readonly delete: string }

export type Snapshot = { readonly [N in TableName]: readonly Rows[N][] }

/** A snapshot of an older release lacks tables added since. */
export type StoredSnapshot = Partial<Snapshot>

/**
 * Tables in the order of a snapshot, with the log version that first had each. Tables of resources declared since then
 * follow.
 */
const since: { readonly [N in TableName]?: number } = {
  applications: 1,
  policies: 1,
  groups: 1,
  identity_providers: 1,
  service_tokens: 1,
  organization: 1,
  tags: 1,
  dns_records: 1,
  worker_routes: 1,
  worker_hosts: 2,
  former_hosts: 2,
  keyring: 1,
  users: 1,
  sessions: 2,
  deleted_service_tokens: 2,
  counters: 1,
  oauth_clients: 2,
  oauth_grants: 2,
  oauth_tokens: 2,
  short_lived_certificate_cas: 2,
  certificate_settings: 2,
  deleted_users: 2,
  policy_tests: 2,
  api_tokens: 2,
  logins: 3,
  login_origins: 3,
  pending_logins: 3,
  transfers: 3,
}

/** Whether the table is newer than log version 1, so that a snapshot may lack it. */
export function isLaterTable(name: TableName): boolean {
  return since[name] !== 1
}

interface IndexNames {
  readonly applications: 'aud' | 'host' | 'uri' | 'worker' | 'policy' | 'tag' | 'saas_client'
  readonly service_tokens: 'client_id'
  readonly certificates: 'hostname'
  readonly dns_records: 'name'
  readonly former_hosts: 'key'
  readonly users: 'email'
  readonly sessions: 'user'
  readonly oauth_grants: 'code' | 'refresh' | 'user' | 'client'
  readonly api_tokens: 'digest'
  readonly oauth_tokens: 'grant'
}

const indexes: {
  readonly [N in keyof IndexNames]: {
    readonly [I in IndexNames[N]]: (row: Rows[N]) => readonly string[]
  }
} = {
  applications: {
    aud: (row) => [row.aud],
    host: (row) => hostsOf(row).map(destinationKey),
    uri: hostsOf,
    worker: (row) => (row.destinations ?? []).flatMap((each) => workerKey(each) ?? []),
    policy: (row) => row.links.map((link) => link.id),
    tag: (row) => row.tags ?? [],
    saas_client: ({ saas_app }) =>
      typeof saas_app?.client_id === 'string' ? [saas_app.client_id] : [],
  },
  service_tokens: { client_id: (row) => [row.client_id] },
  certificates: {
    hostname: ({ associated_hostnames }) => associated_hostnames.map((name) => name.toLowerCase()),
  },
  dns_records: { name: (row) => [row.name] },
  former_hosts: { key: ({ id }) => [destinationKey(id)] },
  users: { email: (row) => [row.email] },
  sessions: { user: (row) => [row.user_id] },
  oauth_grants: {
    code: (row) => [row.code_digest],
    refresh: ({ refresh_digest, previous_digest }) =>
      [refresh_digest, previous_digest].filter((each) => each !== undefined),
    user: (row) => [row.user_id],
    client: (row) => [row.client_id],
  },
  api_tokens: { digest: (row) => [row.digest] },
  oauth_tokens: { grant: (row) => [row.grant_id] },
}

/** The public `host[/path]` destinations that an application protects; its domain if it has none. */
export function hostsOf(
  row: Pick<Rows['applications'], 'type' | 'destinations' | 'domain'>,
): string[] {
  if (!guardedTypes.has(row.type)) return []
  const uris = (row.destinations ?? []).flatMap((destination) =>
    destination.type === 'public' && typeof destination.uri === 'string' ? [destination.uri] : [],
  )
  return uris.length > 0 || !row.domain ? uris : [row.domain]
}

export interface State {
  readonly tables: Tables
  /** Changes with every change of a table. */
  readonly version: number
  /** What all rows weigh together; 0 where they are not weighed. */
  weight(): number
  /** Applies changes in order. */
  apply(changes: readonly Change[]): void
  /** The changes that would undo these, in order, once they are applied. */
  inverse(changes: readonly Change[]): Change[]
  snapshot(): Snapshot
  /** Replaces all rows. Tables missing from the snapshot become empty. */
  restore(snapshot: StoredSnapshot): void
}

const declared: ReadonlyMap<string, Resource | Single> = new Map(
  stored.map((each) => [each.table, each]),
)

type ZoneTable = {
  [N in TableName]: Rows[N] extends { readonly zone_id: string } ? N : never
}[TableName]

/** The tables whose rows belong to a zone. */
export const zoneTables = stored.flatMap((each) =>
  isInZone(each) ? [each.table as ZoneTable] : [],
)

type Weigh = (row: object) => number

function createTables(weigh: Weigh | undefined): Tables {
  const names = new Set([...Object.keys(since), ...declared.keys()]) as Set<TableName>
  // Each table is created from the same declarations as its type.
  const tables = [...names].map((name) => [name, tableOf(name, weigh)] as const)
  return Object.fromEntries(tables) as unknown as Tables
}

function tableOf<N extends TableName>(name: N, weigh: Weigh | undefined): Table<Rows[N]> {
  const own: { readonly [K in TableName]?: Indexes<Rows[K]> } = indexes
  const all = { ...zoneIndex(name), ...own[name] }
  return createTable<Rows[N]>((row) => keyOf(name, row), all, weigh)
}

function zoneIndex(name: TableName): Indexes<object> {
  const of = declared.get(name)
  if (of === undefined || !isInZone(of)) return {}
  return { zone: (row) => ('zone_id' in row ? [String(row.zone_id)] : []) }
}

/**
 * @param applied called after each change of the rows, wherever it comes from
 * @param weigh what a row weighs, where that is asked
 */
export function createState(applied: (tables: Tables) => void = () => {}, weigh?: Weigh): State {
  const tables = createTables(weigh)
  let version = 0
  return {
    tables,
    get version() {
      return version
    },
    weight: () => Object.values(tables).reduce((sum, { weight }) => sum + weight, 0),
    apply(changes) {
      version += 1
      for (const change of changes) applyOne(tables, change)
      applied(tables)
    },
    inverse(changes) {
      const undo = new Map<string, Change>()
      for (const change of changes) {
        const name = nameOf(change)
        if (!undo.has(name)) undo.set(name, asItIs(tables, change))
      }
      return [...undo.values()].reverse()
    },
    snapshot() {
      const rows = Object.entries(tables).map(([name, table]) => [name, table.all()])
      return Object.fromEntries(rows) as Snapshot
    },
    restore(snapshot) {
      version += 1
      for (const name of Object.keys(tables) as TableName[]) {
        refill(tables[name] as Table<object>, snapshot[name] ?? [])
      }
      applied(tables)
    },
  }
}

function refill(table: Table<object>, rows: readonly object[]) {
  table.clear()
  for (const row of rows) table.put(row)
}

function applyOne(tables: Tables, change: Change): void {
  const table = tables[change.table] as Table<object>
  if ('put' in change) table.put(change.put)
  else table.delete(change.delete)
}

/** A change that sets the row of another to what it is now. */
export function asItIs(tables: Tables, change: Change): Change {
  const { table } = change
  const key = changedKey(change)
  const row = (tables[table] as Table<object>).get(key)
  return (row === undefined ? { table, delete: key } : { table, put: row }) as Change
}

/** The same for all changes of one row. */
export function nameOf(change: Change): string {
  return `${change.table} ${changedKey(change)}`
}

export function changedKey(change: Change): string {
  return 'put' in change ? keyOf(change.table, change.put) : change.delete
}

/** The key of a row; for a table with a single row, the table's name. */
export function keyOf(table: TableName, row: object): string {
  const of = declared.get(table)
  if (of === undefined) return String(Reflect.get(row, 'id'))
  return isCollection(of) ? String(Reflect.get(row, of.key ?? 'id')) : table
}
