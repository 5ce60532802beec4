/** Keeps the log short: from time to time one replica writes down what the records so far amount to. */
import type { Pool } from 'pg'
import type { LogRecord } from '../log.ts'
import { forgetOthers } from './journal.ts'
import { schemaName, tryToCompact } from './schema.ts'
import { isAhead, type LoggedRecord, onConnection, type Position, storeSnapshot } from './store.ts'

export interface Compactor {
  /** Notes what was applied since, and compacts if it has become more than the state itself. */
  note(applied: readonly LoggedRecord[], compacted: number): void
  close(): Promise<void>
}

export interface CompactorOptions {
  readonly pool: Pool
  /** The last record that was applied, and what all of them amount to. */
  present(): Position & { readonly records: readonly LogRecord[] }
  failed(error: Error): void
  /** How many records are worth it. */
  readonly fewest?: number
}

/** Fewer characters than this are read in no time. */
const littleText = 2 ** 18

export function createCompactor(options: CompactorOptions): Compactor {
  const { pool, present, failed, fewest = 200 } = options
  let records = 0
  let size = 0
  let sizeOfState = 0
  let lastCompacted = -1
  let running: Promise<void> | undefined

  const compact = async () => {
    const { records: all, ...position } = present()
    const { seen } = position
    const texts = all.map((record) => JSON.stringify(record))
    const live = all.flatMap((each) => (each.kind === 'account' ? each.identity.id : []))
    await onConnection(pool, async (client) => {
      await client.query('begin')
      if ((await tryToCompact(client)) && (await isAhead(client, position))) {
        await storeSnapshot(client, texts)
        await client.query(`delete from ${schemaName}.log where sequence <= $1`, [seen])
        await client.query(
          `delete from ${schemaName}.accounts where sequence <= $1 and account <> '' and account <> all ($2)`,
          [seen, live],
        )
        // Last, for writers wait for this row.
        await client.query(`update ${schemaName}.head set compacted = $1`, [seen])
        sizeOfState = texts.reduce((sum, text) => sum + text.length, 0)
      }
      await client.query('commit')
      await forgetOthers(client, live)
    })
  }

  return {
    note(applied, compacted) {
      if (compacted !== lastCompacted) {
        lastCompacted = compacted
        records = 0
        size = 0
      }
      records += applied.length
      size += applied.reduce((sum, { record }) => sum + record.length, 0)
      const isWorthIt = records >= fewest && size >= Math.max(littleText, sizeOfState)
      if (!isWorthIt || running !== undefined) return
      running = compact()
        .catch(failed)
        .finally(() => {
          running = undefined
          records = 0
          size = 0
        })
    },
    async close() {
      await running
    },
  }
}
