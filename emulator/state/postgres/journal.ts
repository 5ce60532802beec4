/**
 * Brings the journals of replicas together, each account's for itself: none pushes out the lines of another. Not durable:
 * after a crash of the server it begins anew, like a journal in memory.
 */
import type { ClientBase, Pool } from 'pg'
import type { JournalStore, StoredLine } from '../log.ts'
import { schemaName } from './schema.ts'

/** Of each account. A replica keeps no more in memory; in bytes, its lines say more than the clients have sent. */
const mostKept = { lines: 1000, bytes: 4 * 2 ** 20 }

/** How much a replica may add to an account's lines before it looks for old ones. */
const slack = { lines: mostKept.lines / 4, bytes: mostKept.bytes / 4 }

/** Beyond this, it forgets how much it has added. */
const mostCounted = 10_000

/** How much to fetch at once; of lines, one more may be on top. A trail with thousands of steps makes a long line. */
const page = { lines: 500, bytes: 8 * 2 ** 20 }

const table = `${schemaName}.journal`

/**
 * Gives out the places of $1 rows, the last of which it returns. Adding goes one after the other: otherwise a row could come
 * to be seen after one in a later place. After a crash, when the table is empty, the clock is past all earlier places.
 */
const takePlaces = `
  insert into ${table}_head as head
    values (true, (extract(epoch from clock_timestamp()) * 1000000)::bigint + $1::integer)
  on conflict (one) do update set place = greatest(head.place + $1::integer, excluded.place)
  returning place`

export interface JournalOptions {
  readonly pool: Pool
  readonly replica: string
  /** Whether the database could not be reached a moment ago. */
  isLost(): boolean
}

export function journalIn({ pool, replica, isLost }: JournalOptions): JournalStore {
  /** What was added to each account since its old lines were deleted; nothing is known yet of an account that is missing. */
  const added = new Map<string, { lines: number; bytes: number }>()

  /** Counts the lines. The accounts that may have too many. */
  const counted = (lines: readonly StoredLine[]): string[] => {
    if (added.size > mostCounted) added.clear()
    const due = new Set<string>()
    for (const { account, line } of lines) {
      const known = added.get(account)
      const count = known ?? { lines: 0, bytes: 0 }
      count.lines += 1
      count.bytes += Buffer.byteLength(line)
      added.set(account, count)
      if (known === undefined || count.lines >= slack.lines || count.bytes >= slack.bytes) {
        due.add(account)
      }
    }
    for (const account of due) added.set(account, { lines: 0, bytes: 0 })
    return [...due]
  }

  const deleteOld = (accounts: readonly string[]) =>
    pool.query(
      `with newest as (
         select account, place, count(*) over latest as lines, sum(octet_length(line)) over latest as bytes
         from ${table} where account = any ($1) and line is not null
         window latest as (partition by account order by place desc)
       ), old as (
         select account, max(place) as place from newest where lines > $2 or (bytes > $3 and lines > 1) group by account
       )
       delete from ${table} as line using old
       where line.account = old.account and line.place <= old.place and line.line is not null`,
      [accounts, mostKept.lines, mostKept.bytes],
    )

  return {
    async add(lines) {
      await pool.query(
        `with head as (${takePlaces})
         insert into ${table} (account, place, sequence, replica, line)
         select account, head.place - $1 + nth, sequence, $2, line
         from head, unnest($3::text[], $4::bigint[], $5::text[]) with ordinality as t (account, sequence, line, nth)`,
        [
          lines.length,
          replica,
          lines.map(({ account }) => account),
          lines.map(({ sequence }) => sequence),
          lines.map(({ line }) => line),
        ],
      )
      const due = counted(lines)
      if (due.length > 0) await deleteOld(due)
    },
    async clear(account, until) {
      // The row stays for replicas that have fetched what was cleared, until the next that clears as much.
      await pool.query(
        `with head as (${takePlaces}),
         cleared as (delete from ${table} where account = $2 and sequence <= $3)
         insert into ${table} (account, place, sequence, replica) select $2, head.place, $3, $4 from head`,
        [1, account, until, replica],
      )
    },
    async forget(account) {
      added.delete(account)
      await pool.query(`delete from ${table} where account = $1`, [account])
    },
    async fetch(wanted, upTo) {
      if (isLost()) return { lines: [], end: 0, isAll: true }
      const { rows } = await pool.query<JournalRow>(
        // Its own lines it only needs to pass by.
        `select (select place from ${table}_head limit 1) as head, measured.*
         from (
           select found.*, count(*) over () as found,
             sum(octet_length(line)) over (rows between unbounded preceding and 1 preceding) as before
           from (
             select later.* from unnest($1::text[], $2::bigint[]) as wanted (account, seen), lateral (
               select account, place, sequence, replica, line is null as "isClear",
                 case when replica <> $3 then line end as line
               from ${table} where account = wanted.account and place > wanted.seen and place <= $4
               order by place limit $5
             ) as later limit $5
           ) as found
         ) as measured where coalesce(before, 0) < $6`,
        [
          wanted.map(({ account }) => account),
          wanted.map(({ seen }) => seen),
          replica,
          upTo ?? Number.MAX_SAFE_INTEGER,
          page.lines,
          page.bytes,
        ],
      )
      const lines = rows.map(({ account, place, sequence, replica: of, isClear, line }) => ({
        ...{ account, replica: of, isClear, line },
        place: Number(place),
        sequence: Number(sequence),
      }))
      const { head = 0, found = 0 } = rows[0] ?? {}
      const isAll = lines.length === Number(found) && lines.length < page.lines
      return { lines, end: Number(head), isAll }
    },
  }
}

/**
 * Deletes the lines of accounts that are no longer there: a replica that learned late that one was deleted has added them.
 *
 * @param live the accounts as of the last compaction; those with later records are kept too
 */
export async function forgetOthers(client: ClientBase, live: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ account: string }>(
    // From one account to the next, for there are far more lines.
    `with recursive held (account) as (
       (select account from ${table} order by account limit 1)
       union all
       select (select account from ${table} where account > held.account order by account limit 1)
       from held where held.account is not null
     )
     select account from held where account <> ''`,
  )
  const known = new Set(live)
  const others = rows.flatMap(({ account }) => (known.has(account) ? [] : [account]))
  if (others.length === 0) return
  await client.query(
    `delete from ${table} where account = any ($1) and account not in (
       select account from ${schemaName}.accounts where account = any ($1))`,
    [others],
  )
}

interface JournalRow {
  readonly head: string
  /** How many there are without the limit in bytes. */
  readonly found: string
  readonly account: string
  readonly place: string
  readonly sequence: string
  readonly replica: string
  readonly isClear: boolean
  readonly line: string | null
}
