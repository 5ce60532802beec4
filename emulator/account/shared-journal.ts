/** One journal of all replicas: each sends what it notes, and fetches what the others have noted before it is asked. */
import type { JournalStore } from '../state/log.ts'
import type { World } from '../world.ts'
import type { Accounts } from './accounts.ts'
import { rulebookOf } from './evaluate.ts'
import type { Evaluation } from './evaluation.ts'
import type { RememberedEntry } from './journal.ts'

export interface SharedJournal {
  /** Fetches what other replicas have noted. */
  gather(): Promise<void>
  /** Clears the journal of an account, or of requests that belong to none, at other replicas. */
  clear(account: string | null): Promise<void>
  close(): Promise<void>
}

/** A line as replicas exchange it. */
type JournalLine =
  | { readonly cleared: string | null }
  | (Omit<RememberedEntry, 'evaluation'> & { readonly evaluation?: WrittenEvaluation | undefined })

type WrittenEvaluation = Omit<Evaluation, 'rulebook'>

/** In milliseconds. Until then, other replicas do not see an entry. */
const gathering = 50
/** More than a journal keeps would be forgotten at once. */
const mostWaiting = 1000

export function shareJournals(
  accounts: Accounts,
  store: JournalStore,
  world: World,
): SharedJournal {
  let waiting: JournalLine[] = []
  let timer: NodeJS.Timeout | undefined
  let last = 0
  const { journals } = accounts

  // By the clock on the wall, which replicas have in common.
  journals.numberBy(() => {
    last = Math.max(last + 1, world.wallNow() * 1000)
    return last
  })

  const send = async () => {
    clearTimeout(timer)
    timer = undefined
    const lines = waiting.slice(-mostWaiting)
    waiting = []
    if (lines.length > 0) await store.add(lines.map((line) => JSON.stringify(line)))
  }
  /** A journal is no promise: without the database, its replica has its own entries alone. */
  const sendSoon = (line: JournalLine) => {
    waiting.push(line)
    timer ??= setTimeout(() => send().catch(() => {}), gathering).unref()
  }
  journals.listen((added) => sendSoon(written(added)))

  const take = (line: JournalLine, replica: string) => {
    if (!('cleared' in line)) {
      const account = line.account === null ? undefined : accounts.byId(line.account)
      if (line.account !== null && account === undefined) return
      const evaluation =
        line.evaluation === undefined || account === undefined
          ? undefined
          : { ...line.evaluation, rulebook: rulebookOf(account, line.evaluation.application) }
      const journal = account?.journal ?? journals.ofNone
      journal.receive({ ...line, evaluation, replica })
    } else if (line.cleared === null) journals.ofNone.clear()
    else accounts.byId(line.cleared)?.journal.clear()
  }

  return {
    async gather() {
      await send().catch(() => {})
      const lines = await store.gather().catch(() => [])
      for (const { line, replica } of lines) take(JSON.parse(line), replica)
    },
    async clear(account) {
      waiting.push({ cleared: account })
      await send().catch(() => {})
    },
    close: () => send().catch(() => {}),
  }
}

function written({ evaluation, ...entry }: RememberedEntry): JournalLine {
  if (evaluation === undefined) return entry
  const { rulebook: _, ...rest } = evaluation
  return { ...entry, evaluation: rest }
}
