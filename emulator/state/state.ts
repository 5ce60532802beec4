/** The tables of one account, and the only way to change them: a list of changes, applied in one tick. */
import { guardedTypes } from '../../contracts/api/application-types.ts'
import { destinationKey } from '../access/hosts.ts'
import { workerKey } from '../access/workers.ts'
import type { Rows, TableName } from './rows.ts'
import { createTable, type Table } from './table.ts'

export type Tables = { readonly [N in TableName]: Table<Rows[N]> }

export type Change = {
  [N in TableName]:
    | { readonly table: N; readonly put: Rows[N] }
    | { readonly table: N; readonly delete: string }
}[TableName]

export type Snapshot = { readonly [N in TableName]: readonly Rows[N][] }

/** One of an older release lacks the tables that are new since. */
export type StoredSnapshot = Partial<Snapshot>

/** Tables that log version 1 did not know: a snapshot may lack them. */
export const laterTables: ReadonlySet<string> = new Set<TableName>([
  'worker_hosts',
  'former_hosts',
  'sessions',
  'deleted_service_tokens',
])

const byId = (row: { readonly id: string }) => row.id

function createTables(): Tables {
  return {
    applications: createTable<Rows['applications']>(byId, {
      aud: (row) => [row.aud],
      domain: (row) => (row.domain ? [row.domain] : []),
      host: (row) => hostsOf(row).map(destinationKey),
      uri: hostsOf,
      worker: (row) => (row.destinations ?? []).flatMap((each) => workerKey(each) ?? []),
      policy: (row) => row.links.map((link) => link.id),
      tag: (row) => row.tags ?? [],
    }),
    policies: createTable<Rows['policies']>(byId),
    groups: createTable<Rows['groups']>(byId),
    identity_providers: createTable<Rows['identity_providers']>(byId),
    service_tokens: createTable<Rows['service_tokens']>(byId, {
      client_id: (row) => [row.client_id],
    }),
    organization: createTable<Rows['organization']>(() => 'organization'),
    tags: createTable<Rows['tags']>((row) => row.name),
    dns_records: createTable<Rows['dns_records']>(byId, {
      zone: (row) => [row.zone_id],
      name: (row) => [row.name],
    }),
    worker_routes: createTable<Rows['worker_routes']>(byId, { zone: (row) => [row.zone_id] }),
    worker_hosts: createTable<Rows['worker_hosts']>(byId),
    former_hosts: createTable<Rows['former_hosts']>(byId, {
      key: ({ id }) => [destinationKey(id)],
    }),
    keyring: createTable<Rows['keyring']>(byId),
    users: createTable<Rows['users']>(byId, { email: (row) => [row.email] }),
    sessions: createTable<Rows['sessions']>(byId, { user: (row) => [row.user_id] }),
    deleted_service_tokens: createTable<Rows['deleted_service_tokens']>(byId),
    counters: createTable<Rows['counters']>(byId),
  }
}

/** The public `host[/path]` that an application guards: its destinations, or its domain where it has none. */
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
  /** Another number after every change. */
  readonly version: number
  /** Applies changes in order; returns those that would take them back, in order. */
  apply(changes: readonly Change[]): Change[]
  snapshot(): Snapshot
  /** A table that the snapshot does not know is empty. */
  restore(snapshot: StoredSnapshot): void
}

export function createState(): State {
  const tables = createTables()
  let version = 0
  return {
    tables,
    get version() {
      return version
    },
    apply(changes) {
      version += 1
      const inverse: Change[] = []
      for (const change of changes) inverse.unshift(applyOne(tables, change))
      return inverse
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
    },
  }
}

function refill(table: Table<object>, rows: readonly object[]) {
  table.clear()
  for (const row of rows) table.put(row)
}

function applyOne(tables: Tables, change: Change): Change {
  const table = tables[change.table] as Table<object>
  const key = 'put' in change ? keyOf(change.table, change.put) : change.delete
  const old = table.get(key)
  if ('put' in change) table.put(change.put)
  else table.delete(key)
  return (
    old === undefined ? { table: change.table, delete: key } : { table: change.table, put: old }
  ) as Change
}

/** What a row is filed under. */
export function keyOf(table: TableName, row: Rows[TableName]): string {
  if (table === 'organization') return 'organization'
  return 'id' in row ? row.id : row.name
}
