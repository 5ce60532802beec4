/** The journal: ring buffers of the most recent requests, one per account, and one for requests that belong to none. */
import type { Step } from '../../contracts/control/shapes.ts'
import type { AnswerReason } from '../../contracts/errors/errors.ts'
import type { Subject } from '../access/subject.ts'
import type { Evaluation } from './evaluation.ts'
import type { JournaledFlow } from './flows.ts'
import { createHeldEvaluations } from './held-evaluations.ts'

/** The reason for an answer that does not come from an evaluation. */
export interface Because {
  readonly reason: AnswerReason
  /** A detail of the reason, or a whole sentence where the table of reasons says so. */
  readonly detail?: string | undefined
  /** The subject of a request that was denied for lack of an application. */
  readonly subject?: Subject | undefined
}

/** One request and its answer. Turned into words only when it is read. */
export interface JournaledAnswer {
  readonly ray: string
  readonly nowMs: number
  readonly host: string
  readonly method: string
  /** With the query. */
  readonly path: string
  /** The id of the operation; for other requests, the part of the emulator that answered. */
  readonly operation: string
  /** 0 if the connection was cut. */
  readonly status: number
  readonly fault: string | null
  readonly mode: string | null
  /** Steps that are not part of an evaluation. */
  readonly trail?: readonly (Step & { readonly reason: AnswerReason })[] | undefined
  readonly because?: Because | undefined
  /** Whether real Cloudflare would answer differently. */
  readonly onlyExpected?: boolean | undefined
  /** The sign-in by a program that the request is part of. */
  readonly flow?: JournaledFlow | undefined
}

export interface RememberedEntry {
  /** Id of the account, if any. */
  readonly account: string | null
  readonly answered: JournaledAnswer
  /** What the decision was based on, so that `explain` can try what would change it. Never shown. */
  readonly evaluation: Evaluation | undefined
  /** Its position among the entries of all journals. */
  readonly sequence: number
  /** The replica that answered, if it was another. */
  readonly replica?: string
}

export interface Journal {
  /** Id of the account, if any. */
  readonly account: string | null
  /** @param evaluation the evaluation that the answer depends on, which has the verdict and the trail */
  add(answered: JournaledAnswer, evaluation?: Evaluation): void
  /** Adds what another replica has noted, in its place. */
  receive(entry: RememberedEntry): void
  /** Oldest first. */
  list(): readonly RememberedEntry[]
  /** The same, with what other replicas have noted. */
  gathered(): Promise<readonly RememberedEntry[]>
  clear(): void
  /** Forgets those up to this position only, also those that are yet to be received. */
  clearUntil(sequence: number): void
}

/** All journals of an emulator, with a common order of entries. */
export interface Journals {
  /**
   * Creates the journal of an account.
   * @param hasQuota whether the account may hold only so much
   */
  make(account: string, hasQuota?: boolean): Journal
  /** The journal of requests that belong to no account. */
  readonly ofNone: Journal
  /** Numbers entries by another function than counting them. */
  numberBy(next: () => number): void
  /** Registers what fetches the entries of other replicas, of one journal or of all. */
  gatherBy(gather: Gather): void
  /** Fetches what other replicas have noted, in all journals. */
  gather(): Promise<void>
  /** Registers a listener that is called with every entry as it is added. */
  listen(listener: (added: RememberedEntry) => void): void
}

export type Gather = (journal: Journal | 'all') => Promise<void>

/** The capacity of one journal. */
export interface Bounds {
  readonly entries: number
  /** Approximate bytes of text from clients. */
  readonly bytes: number
  /** Approximate bytes of trails, and of rows that decisions were based on. The newest entry is kept in any case. */
  readonly evaluations: number
}

/** A trail has a step for each rule that was asked: with a thousand, there is room for two hundred different trails. */
const bounds: Bounds = { entries: 1000, bytes: 2 ** 20, evaluations: 2 ** 25 }
/** Longer texts are truncated, so that a single request cannot push out the others. */
const longest = { host: 255, path: 8 * 1024, detail: 1024 }

export function createJournals(within: Bounds = bounds): Journals {
  let count = 0
  let next = () => {
    count += 1
    return count
  }
  let gather: Gather = async () => {}
  const listeners: ((added: RememberedEntry) => void)[] = []
  const journal = (account: string | null, hasQuota = false): Journal => {
    let held = createHeldEvaluations(hasQuota)
    let entries: RememberedEntry[] = []
    /** The index of the oldest entry kept. */
    let first = 0
    let bytes = 0
    /** Up to where it was cleared. */
    let cleared = 0
    const forget = () => {
      const oldest = entries[first]
      if (oldest !== undefined) {
        bytes -= bytesOf(oldest)
        held.forget(oldest)
      }
      first += 1
      // As many as are kept: rare enough that the cost per entry is negligible, and soon enough to free what is large.
      if (first > entries.length - first) {
        entries = entries.slice(first)
        first = 0
      }
    }
    const bound = (added: RememberedEntry) => {
      bytes += bytesOf(added)
      held.add(added)
      while (entries.length - first > within.entries || bytes > within.bytes) forget()
      while (held.bytes > within.evaluations && entries.length - first > 1) forget()
    }
    const self: Journal = {
      account,
      add(answered, evaluation) {
        const added = { account, answered: bounded(answered), evaluation, sequence: next() }
        entries.push(added)
        bound(added)
        for (const listener of listeners) listener(added)
      },
      receive(entry) {
        if (entry.sequence <= cleared) return
        const before = entries.findLastIndex(({ sequence }) => sequence <= entry.sequence)
        entries.splice(Math.max(before + 1, first), 0, entry)
        bound(entry)
      },
      list: () => entries.slice(first),
      async gathered() {
        await gather(self)
        return self.list()
      },
      clear() {
        entries = []
        first = 0
        bytes = 0
        held = createHeldEvaluations(hasQuota)
      },
      clearUntil(sequence) {
        cleared = Math.max(cleared, sequence)
        const isOlder = (at: number) => (entries[at]?.sequence ?? sequence + 1) <= sequence
        while (isOlder(first)) forget()
      },
    }
    return self
  }
  return {
    make: journal,
    ofNone: journal(null),
    numberBy(given) {
      next = given
    },
    gatherBy(given) {
      gather = given
    },
    gather: () => gather('all'),
    listen(listener) {
      listeners.push(listener)
    },
  }
}

/** The entries of several journals, oldest first. */
export function merged(journals: readonly Journal[]): readonly RememberedEntry[] {
  return journals.flatMap((each) => each.list()).sort((a, b) => a.sequence - b.sequence)
}

function bytesOf({
  answered: { host, path, method, because, flow },
  evaluation,
}: RememberedEntry): number {
  const ofRequest =
    host.length + path.length + method.length + (because?.detail?.length ?? 0) + bytesOfFlow(flow)
  const subject = evaluation?.subject ?? because?.subject
  if (subject === undefined) return ofRequest
  const id = subject.pair.status === 'invalid' ? subject.pair.client_id : ''
  return ofRequest + (evaluation?.token?.length ?? 0) + id.length + (subject.ip?.length ?? 0)
}

function bytesOfFlow(flow: JournaledFlow | undefined): number {
  if (flow === undefined) return 0
  const texts = [...Object.entries(flow.sent), ...Object.entries(flow.answered)].flat()
  return texts.reduce((sum, text) => sum + text.length, 0)
}

/**
 * Parameters that are as good as the person, in an address or in one that is a parameter itself: a callback may be on a
 * host of the emulator, behind a login.
 */
const secretParameters =
  /((?:[?&]|%(?:25)*(?:3f|26))(?:code|access_token|id_token|refresh_token|client_secret|code_verifier)(?:=|%(?:25)*3d))[\w.~:+-]{16,}/gi

function withoutSecrets(path: string): string {
  if (!/[?&%]/.test(path)) return path
  const cut = path.replace(secretParameters, '$1…')
  // `meta` of a login says once more where it leads.
  return cut === path ? path : cut.replace(/([?&]meta=)[^&]+/, '$1…')
}

function bounded(answered: JournaledAnswer): JournaledAnswer {
  const { host, because } = answered
  const path = withoutSecrets(answered.path)
  const detail = because?.detail ?? ''
  const isShort =
    path === answered.path &&
    path.length <= longest.path &&
    host.length <= longest.host &&
    detail.length <= longest.detail
  if (isShort) return answered
  return {
    ...answered,
    host: cut(host, longest.host),
    path: cut(path, longest.path),
    ...(because === undefined
      ? {}
      : { because: { ...because, detail: cut(detail, longest.detail) } }),
  }
}

/** Truncates a text. Copies it, because a slice would keep the whole text in memory. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text
  return `${JSON.parse(JSON.stringify(text.slice(0, length)))}…`
}
