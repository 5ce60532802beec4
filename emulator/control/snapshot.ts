/** Checks a snapshot completely before anything changes: its tables, its rows, and references between rows. */
import type { Account } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { firstIssue } from '../http/check.ts'
import type { ApplicationRow, PolicyRow, Rows, TableName } from '../state/rows.ts'
import {
  createState,
  isLaterTable,
  keyOf,
  type StoredSnapshot,
  zoneTables,
} from '../state/state.ts'
import { rowShapes } from './row-shapes.ts'

interface SnapshotProblem {
  readonly table: TableName
  readonly row: object
  /** The field, and what is wrong with it. */
  readonly says: string
}

/** The snapshot if it is valid for this account, else what is wrong with it, in one sentence. */
export function judgedSnapshot(
  given: Readonly<Record<string, readonly unknown[]>>,
  account: Account,
  accounts: Accounts,
): { readonly snapshot: StoredSnapshot } | { readonly problem: string } {
  const problem = tablesProblem(given, Object.keys(account.state.tables) as TableName[])
  if (problem !== undefined) return { problem }
  for (const [table, rows] of Object.entries(given)) {
    const shape = rowShapes()[table]
    for (const [index, row] of rows.entries()) {
      const error = shape?.safeParse(row).error
      if (error !== undefined)
        return { problem: `${placeOf(table, index, row)}: ${firstIssue(error)}.` }
    }
  }
  const snapshot = given as StoredSnapshot
  const [found] = [...twice(snapshot), ...strayReferences(snapshot, account, accounts)]
  if (found === undefined) return { snapshot }
  const index = (snapshot[found.table] as readonly object[]).indexOf(found.row)
  return { problem: `${placeOf(found.table, index, found.row)}: ${found.says}.` }
}

/** A snapshot of an older release lacks tables added since. All others must be present, or their rows would be lost. */
function tablesProblem(given: object, names: readonly TableName[]): string | undefined {
  const stray = Object.keys(given).find((name) => !names.some((known) => known === name))
  if (stray !== undefined) {
    return `There is no table "${stray}". A snapshot has these tables: ${names.join(', ')}.`
  }
  const missing = names.find((name) => !Object.hasOwn(given, name) && !isLaterTable(name))
  return missing === undefined ? undefined : `The table "${missing}" is missing.`
}

/** Rows that would replace an earlier row, or be found instead of it. */
function* twice(snapshot: StoredSnapshot): Generator<SnapshotProblem> {
  for (const table of Object.keys(snapshot) as TableName[]) {
    yield* repeated(snapshot, table, (row) => keyOf(table, row), 'another row has the same key')
  }
  yield* repeated(snapshot, 'applications', ({ aud }) => aud, 'aud: another row has the same')
  const pairs = 'client_id: another row has the same'
  yield* repeated(snapshot, 'service_tokens', ({ client_id }) => client_id, pairs)
  yield* repeated(
    snapshot,
    'api_tokens',
    ({ digest }) => digest,
    'digest: another row has the same',
  )
}

function* repeated<N extends TableName>(
  snapshot: StoredSnapshot,
  table: N,
  distinct: (row: Rows[N]) => string,
  says: string,
): Generator<SnapshotProblem> {
  const seen = new Set<string>()
  for (const row of (snapshot[table] ?? []) as readonly Rows[N][]) {
    const value = distinct(row)
    if (seen.has(value)) yield { table, row, says }
    seen.add(value)
  }
}

/** References to a row, zone or team that does not exist, or belongs to another account. */
function* strayReferences(
  snapshot: StoredSnapshot,
  account: Account,
  accounts: Accounts,
): Generator<SnapshotProblem> {
  const trial = createState()
  trial.restore(snapshot)
  const { applications, policies, organization, worker_hosts } = trial.tables
  for (const row of applications.all()) {
    const says = linksProblem(row, (id) => policies.get(id))
    if (says !== undefined) yield { table: 'applications', row, says }
  }
  for (const row of policies.all()) {
    const { id, application_id: owner } = row
    if (owner === undefined) continue
    const isLinked = applications.get(owner)?.links.some((link) => link.id === id)
    if (isLinked) continue
    const says = `application_id: no application ${owner} links this policy`
    yield { table: 'policies', row, says }
  }
  for (const table of zoneTables) {
    for (const row of trial.tables[table].all()) {
      if (account.zones.some(({ id }) => id === row.zone_id)) continue
      yield { table, row, says: `zone_id: the account has no zone ${row.zone_id}` }
    }
  }
  for (const row of worker_hosts.all()) {
    const owner = accounts.byHost(row.id)
    if (owner === undefined || owner === account) continue
    yield { table: 'worker_hosts', row, says: 'id: another account has this host' }
  }
  for (const row of organization.all()) {
    const owner = accounts.byTeam(row.auth_domain)
    if (owner === undefined || owner === account) continue
    yield {
      table: 'organization',
      row,
      says: 'auth_domain: another account has this team domain',
    }
  }
}

function linksProblem(
  { id: own, links }: ApplicationRow,
  policyOf: (id: string) => PolicyRow | undefined,
): string | undefined {
  for (const [index, { id, precedence }] of links.entries()) {
    const at = `links.${index}`
    const policy = policyOf(id)
    if (policy === undefined) return `${at}.id: there is no policy ${id}`
    if (policy.application_id !== undefined && policy.application_id !== own) {
      return `${at}.id: the policy ${id} is another application's own`
    }
    const before = links.slice(0, index)
    if (before.some((link) => link.id === id)) return `${at}.id: the policy ${id} is linked twice`
    if (before.some((link) => link.precedence === precedence)) {
      return `${at}.precedence: another link has the same`
    }
  }
  return undefined
}

/** `applications, row 2 (675c99b7-…)`. */
function placeOf(table: string, index: number, row: unknown): string {
  const { id, name } = (typeof row === 'object' && row !== null ? row : {}) as Record<
    string,
    unknown
  >
  const called = [id, name].find((each) => typeof each === 'string')
  return `${table}, row ${index + 1}${called === undefined ? '' : ` (${called})`}`
}
