/** Brings the journals of replicas together. Not durable: after a crash of the server it begins anew, like a journal in memory. */
import type { Pool } from 'pg'
import type { JournalStore } from './log.ts'
import { lock, schemaName } from './postgres-schema.ts'

/** How many lines are kept for replicas to fetch; each keeps its own journals from then on. */
const mostKept = 10_000

export function journalIn(pool: Pool, replica: string): JournalStore {
  let seen = 0
  let added = 0
  return {
    async add(lines) {
      // One after the other: otherwise a line could come to be seen after one with a later number.
      await pool.query(
        `with turn as (select pg_advisory_xact_lock($1))
         insert into ${schemaName}.journal (replica, line)
         select $2, line from turn, unnest($3::text[]) with ordinality as t (line, place) order by place`,
        [lock.journal, replica, lines],
      )
      added += lines.length
      if (added < mostKept / 10) return
      added = 0
      await pool.query(
        `delete from ${schemaName}.journal
         where place <= (select max(place) - $1 from ${schemaName}.journal)`,
        [mostKept],
      )
    },
    async gather() {
      const { rows } = await pool.query<{ place: string; replica: string; line: string }>(
        `select place, replica, line from ${schemaName}.journal where place > $1 order by place`,
        [seen],
      )
      seen = Number(rows.at(-1)?.place ?? seen)
      return rows.filter((row) => row.replica !== replica)
    },
  }
}
