/** One journal of all replicas: each sends what it notes, and fetches what the others have noted before it is asked. */
import { afresh } from '../state/afresh.ts'
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
  | { readonly cleared: string | null; readonly until: number }
  | (Omit<RememberedEntry, 'evaluation'> & { readonly evaluation?: WrittenEvaluation | undefined })

type WrittenEvaluation = Omit<Evaluation, 'rulebook'>

/** More than a journal keeps would be forgotten at once. */
const mostWaiting = 1000

export function shareJournals(
  accounts: Accounts,
  store: JournalStore,
  world: World,
): SharedJournal {
  let waiting: JournalLine[] = []
  let sending: Promise<void> | undefined
  let last = 0
  const { journals } = accounts

  // By the clock on the wall, which replicas have in common.
  const next = () => {
    last = Math.max(last + 1, world.wallNow() * 1000)
    return last
  }
  journals.numberBy(next)

  /** Without the database, a replica has its own entries alone: a journal is no promise. */
  const sendAll = async () => {
    while (waiting.length > 0) {
      const lines = waiting.slice(-mostWaiting)
      waiting = []
      await store.add(lines.map((line) => JSON.stringify(line))).catch(() => {})
    }
    sending = undefined
  }
  /** What is noted while lines are on their way goes with the next. */
  const send = (line: JournalLine) => {
    waiting.push(line)
    sending ??= Promise.resolve().then(sendAll)
    return sending
  }
  journals.listen((added) => void send(written(added)))

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
    } else if (line.cleared === null) journals.ofNone.clearUntil(line.until)
    else accounts.byId(line.cleared)?.journal.clearUntil(line.until)
  }

  const gathering = afresh(async () => {
    const lines = await store.gather().catch(() => [])
    for (const { line, replica } of lines) take(JSON.parse(line), replica)
  })

  return {
    gather: gathering.run,
    clear: (account) => send({ cleared: account, until: next() }),
    async close() {
      await sending
    },
  }
}

function written({ evaluation, ...entry }: RememberedEntry): JournalLine {
  if (evaluation === undefined) return entry
  const { rulebook: _, ...rest } = evaluation
  return { ...entry, evaluation: rest }
}
