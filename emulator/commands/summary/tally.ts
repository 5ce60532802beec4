/** Counts the requests of a run, grouped by kind. Unlike the journal, it forgets none. */
import type { Explanation, JournalEntry } from '../../../contracts/control/shapes.ts'
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { foreignCredentials, modeBehind } from './hints.ts'

/** `refused`: by Access, the API or the proxy. `login`: sent to the login page. `origin`: the origin's own 4xx or 5xx. */
export type RequestOutcome = 'refused' | 'login' | 'origin' | 'expected_only'

/** Requests with the same method, host, kind of path and answer. */
export interface CountedRequest {
  readonly outcome: RequestOutcome
  count: number
  readonly method: string
  readonly host: string
  /** Without the query; ids and numbers are `…`. */
  readonly path: string
  /** 0 if there was no answer. */
  readonly status: number
  readonly code: number | null
  readonly reason: string | null
  readonly why: string
  /** The failure mode that explains the answer. */
  readonly mode: ModeId | null
  readonly expected_only: boolean
  /** Credentials were sent that belong to no account of the emulator. */
  readonly foreign_credentials: boolean
}

export interface Counted {
  readonly requests: number
  readonly totals: Readonly<Record<RequestOutcome, number>>
  readonly kinds: readonly CountedRequest[]
  /** Requests that are in no kind, because there were too many kinds. */
  readonly left_out: number
}

export interface Tally {
  add(entry: JournalEntry, explain: () => Explanation): void
  /** Whether adding it will ask for its explanation. */
  wantsExplanation(entry: JournalEntry): boolean
  counted(): Counted
}

/** Limits memory: a program may request thousands of paths. */
const mostKinds = 200

export function createTally(): Tally {
  const kinds = new Map<string, CountedRequest>()
  const totals = { refused: 0, login: 0, origin: 0, expected_only: 0 }
  let requests = 0
  let left_out = 0
  const isUnknown = (key: string) => !kinds.has(key) && kinds.size < mostKinds
  return {
    wantsExplanation(entry) {
      const outcome = isOfControl(entry) ? undefined : outcomeOf(entry)
      return outcome !== undefined && isUnknown(keyOf(outcome, entry))
    },
    add(entry, explain) {
      if (isOfControl(entry)) return
      requests += 1
      const outcome = outcomeOf(entry)
      if (outcome === undefined) return
      totals[outcome] += 1
      const { method, host, status, code, reason, why } = entry
      const path = shortPath(entry.path)
      const key = keyOf(outcome, entry)
      const known = kinds.get(key)
      if (known !== undefined) known.count += 1
      else if (!isUnknown(key)) left_out += 1
      else {
        const explanation = explain()
        kinds.set(key, {
          ...{ outcome, count: 1, method, host, path, status, code, reason, why },
          mode: modeBehind(entry, explanation) ?? null,
          expected_only: entry.expected_only,
          foreign_credentials: foreignCredentials(entry, explanation),
        })
      }
    },
    counted: () => ({ requests, totals: { ...totals }, kinds: [...kinds.values()], left_out }),
  }
}

/** The journal also has the calls that set failure modes. */
function isOfControl({ operation }: JournalEntry): boolean {
  return operation.startsWith('control.')
}

function keyOf(
  outcome: RequestOutcome,
  { method, host, path, status, code, why }: JournalEntry,
): string {
  return JSON.stringify([outcome, method, host, shortPath(path), status, code, why])
}

function outcomeOf({
  status,
  reason,
  verdict,
  expected_only,
}: JournalEntry): RequestOutcome | undefined {
  if (reason === 'origin_answered') return 'origin'
  if (status === 0 || status >= 400) return 'refused'
  if (verdict === 'login') return 'login'
  return expected_only ? 'expected_only' : undefined
}

/** Ids, numbers, and anything too long to be a word, as tokens are. */
const varying = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+|.{41,})$/i
const longest = 160

/** Shortens a path to what requests of one kind share: without what varies per request or may be secret. */
export function shortPath(path: string): string {
  const [plain = ''] = path.split(/[?#]/)
  // A URL with user information, which the proxy refuses.
  const shown = plain
    .replace(/\/\/[^/]*@/, '//…@')
    .split('/')
    .map((segment) => (varying.test(segment) ? '…' : segment))
    .join('/')
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown
}
