/** One journal of all replicas: each sends what it notes, and fetches what the others have noted before a journal is read. */
import { type Afresh, afresh } from '../state/afresh.ts'
import type { FetchedLine, JournalStore, StoredLine } from '../state/log.ts'
import type { World } from '../world/world.ts'
import type { Accounts } from './accounts.ts'
import { rulebookOf } from './evaluate.ts'
import type { Evaluation } from './evaluation.ts'
import type { Journal, RememberedEntry } from './journal.ts'

export interface SharedJournal {
  /** Clears the journal of an account, or of requests that belong to none, at other replicas. */
  clear(account: string | null): Promise<void>
  close(): Promise<void>
}

/** An entry as replicas exchange it. */
type WrittenEntry = Omit<RememberedEntry, 'evaluation'> & {
  readonly evaluation?: Omit<Evaluation, 'rulebook'> | undefined
}

/** What is sent at once. */
const most = { lines: 500, characters: 2 ** 20 }

export function shareJournals(
  accounts: Accounts,
  store: JournalStore,
  world: World,
): SharedJournal {
  /** Journals with entries that are not sent yet, and the last position that is. */
  const unsent = new Map<Journal, number>()
  /** The last place of each journal that was fetched. */
  const seen = new WeakMap<Journal, number>()
  const fetching = new WeakMap<Journal, Afresh<void>>()
  let sending: Promise<void> | undefined
  let last = 0
  const { journals } = accounts

  // By the clock on the wall, which replicas have in common.
  const next = () => {
    last = Math.max(last + 1, world.wallNow() * 1000)
    return last
  }
  journals.numberBy(next)

  const journalOf = (account: string | null) =>
    account === null ? journals.ofNone : accounts.byId(account)?.journal

  /** Some lines of each journal in turn, so that none waits for all of another. What its journal has dropped is not sent. */
  const nextLines = (): StoredLine[] => {
    const lines: StoredLine[] = []
    let characters = 0
    const isFull = () => lines.length >= most.lines || characters >= most.characters
    for (let [journal, sent] of [...unsent]) {
      if (isFull()) break
      unsent.delete(journal)
      // Of an account that is no longer there, nothing is to come after what was deleted.
      if (journalOf(journal.account) !== journal) continue
      for (const entry of journal.list()) {
        if (entry.sequence <= sent || entry.replica !== undefined) continue
        if (isFull()) {
          unsent.set(journal, sent)
          break
        }
        const line = JSON.stringify(written(entry))
        characters += line.length
        lines.push({ account: journal.account ?? '', sequence: entry.sequence, line })
        sent = entry.sequence
      }
    }
    return lines
  }

  /** Without the database, a replica has its own entries alone: a journal is no promise. */
  const sendAll = async () => {
    while (unsent.size > 0) {
      const lines = nextLines()
      if (lines.length > 0) await store.add(lines).catch(() => {})
    }
    sending = undefined
  }
  journals.listen(({ account, sequence }) => {
    const journal = journalOf(account)
    if (journal === undefined) return
    // What is noted while lines are on their way goes with the next.
    if (!unsent.has(journal)) unsent.set(journal, sequence - 1)
    sending ??= Promise.resolve().then(sendAll)
  })

  const take = (
    journal: Journal,
    { account, place, sequence, replica, isClear, line }: FetchedLine,
  ) => {
    // Two who read at the same time may both have fetched it.
    if (place <= (seen.get(journal) ?? 0)) return
    seen.set(journal, place)
    // Passed by, or it would be fetched for ever: the account may have gone since it was asked for.
    if (journalOf(journal.account) !== journal) return
    // What is noted from now on comes after it, whatever the clock of the other replica says.
    last = Math.max(last, sequence)
    if (isClear) journal.clearUntil(sequence)
    if (line === null) return
    const entry: WrittenEntry = JSON.parse(line)
    const owner = accounts.byId(account)
    const evaluation =
      entry.evaluation === undefined || owner === undefined
        ? undefined
        : { ...entry.evaluation, rulebook: rulebookOf(owner, entry.evaluation.application) }
    journal.receive({ ...entry, evaluation, replica })
  }

  /** What was added before the call; what comes while it fetches is for the next. */
  const fetchAll = async (wanted: readonly Journal[]): Promise<void> => {
    const byAccount = new Map(wanted.map((journal) => [journal.account ?? '', journal]))
    let upTo: number | undefined
    for (;;) {
      const places = wanted.map((journal) => ({
        account: journal.account ?? '',
        seen: seen.get(journal) ?? 0,
      }))
      const { lines, end, isAll } = await store.fetch(places, upTo)
      for (const line of lines) {
        const journal = byAccount.get(line.account)
        if (journal !== undefined) take(journal, line)
      }
      if (isAll) return
      upTo ??= end
    }
  }
  const fetched = (wanted: () => readonly Journal[]) =>
    afresh(() => fetchAll(wanted()).catch(() => {}))
  const all = fetched(() => [journals.ofNone, ...accounts.all().map(({ journal }) => journal)])
  journals.gatherBy((journal) => {
    if (journal === 'all') return all.run()
    const known = fetching.get(journal) ?? fetched(() => [journal])
    fetching.set(journal, known)
    return known.run()
  })

  return {
    async clear(account) {
      const until = next()
      journalOf(account)?.clearUntil(until)
      await store.clear(account ?? '', until).catch(() => {})
    },
    async close() {
      await sending
    },
  }
}

function written({ evaluation, ...entry }: RememberedEntry): WrittenEntry {
  if (evaluation === undefined) return entry
  const { rulebook: _, ...rest } = evaluation
  return { ...entry, evaluation: rest }
}
