/** Counts faults for all replicas. Not durable: after a crash of the server they count from the beginning, like in memory. */
import type { Pool } from 'pg'
import type { FaultCounts } from '../log.ts'
import { schemaName } from './schema.ts'

export function faultCountsIn(pool: Pool): FaultCounts {
  const table = `${schemaName}.fault_counts`
  return {
    async add(name) {
      const { rows } = await pool.query<{ n: string }>(
        `insert into ${table} as c values ($1, 1)
         on conflict (name) do update set n = c.n + 1 returning n`,
        [name],
      )
      return Number(rows[0]?.n)
    },
    async of(names) {
      const { rows } = await pool.query<{ name: string; n: string }>(
        `select name, n from ${table} where name = any($1)`,
        [names],
      )
      return new Map(rows.map(({ name, n }) => [name, Number(n)]))
    },
    async forget(names) {
      await pool.query(`delete from ${table} where name = any($1)`, [names])
    },
  }
}
