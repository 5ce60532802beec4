/** Appends a replica's changes, those that come meanwhile together in the next statement. */
import { createBatches } from '../batches.ts'
import { heeded, type LogRecord, NotStored, Outrun, type WriteDone } from '../log.ts'
import { directory, type Replica } from '../replica.ts'
import { createTurns } from '../turns.ts'
import { isRefusal, reasonOf } from './errors.ts'
import { newerSchema } from './schema.ts'
import { type AppendAttempt, NewerSchema } from './store.ts'

export interface Appender {
  append(record: LogRecord): WriteDone
  /** Waits for what is under way. */
  close(): Promise<void>
}

/** @param store stores and applies them; resolves to the positions of those that nobody was faster than */
export function createAppender(
  applied: Pick<Replica, 'sequenceOf' | 'endOf'>,
  store: (attempts: readonly AppendAttempt[]) => Promise<ReadonlySet<number>>,
): Appender {
  const turns = createTurns()
  const changes = createBatches<AppendAttempt>(async (batch) => {
    try {
      const stored = await store(batch.map(({ item }) => item))
      for (const [index, { resolve, reject }] of batch.entries()) {
        if (stored.has(index)) resolve()
        else reject(new Outrun())
      }
    } catch (error) {
      for (const { reject } of batch) reject(notStored(error))
    }
    for (const { item } of batch) turns.end(keysOf(item))
  })

  return {
    append(record) {
      const attempt = attemptOf(record, applied)
      if (attempt === undefined) return heeded(Promise.reject(new Outrun()))
      return heeded(turns.take(keysOf(attempt)) ?? changes.add(attempt))
    },
    close: changes.settled,
  }
}

function keysOf({ account, directory: inDirectory }: AppendAttempt): string[] {
  return inDirectory === null ? [account] : [account, directory]
}

/** Undefined for an account that is no longer there. */
function attemptOf(
  record: LogRecord,
  { sequenceOf, endOf }: Pick<Replica, 'sequenceOf' | 'endOf'>,
): AppendAttempt | undefined {
  const text = JSON.stringify(record)
  if (record.kind === 'account') {
    const account = record.identity.id
    return { account, expected: endOf(account), directory: endOf(directory), text }
  }
  const { account } = record
  const expected = record.kind === 'clock' ? endOf(account) : sequenceOf(account)
  if (expected === undefined) return undefined
  return { account, expected, directory: isOfNames(record) ? endOf(directory) : null, text }
}

/** Whether it may give or take a name that no two accounts may have: such records come one after the other. */
function isOfNames(record: LogRecord): boolean {
  if (record.kind !== 'changes') return record.kind !== 'clock'
  return record.changes.some(({ table }) => table === 'organization' || table === 'worker_hosts')
}

function notStored(error: unknown): Error {
  if (error instanceof NewerSchema) return new NotStored(newerSchema(error.version))
  const text = isRefusal(error)
    ? `The database refused this change, and nothing was stored: ${reasonOf(error)}.`
    : `The database did not confirm this change: it may or may not be stored (${reasonOf(error)}). Try again; reads go on meanwhile.`
  return new NotStored(text)
}
