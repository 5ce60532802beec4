/** What was asked and answered: the last entries of each account, and of the requests that belong to none. */
import type { Step } from '../../contracts/control/shapes.ts'
import type { Subject } from '../access/subject.ts'
import type { Evaluation } from './evaluation.ts'

/** Why an answer is the one it is, where no evaluation says it. */
export interface Because {
  /** A stable word: a row of the error table, or one of our own. */
  readonly reason: string
  /** What the words of the reason leave open, or a whole sentence where the reason has no words. */
  readonly detail?: string | undefined
  /** Who asked, where policies could let them in and there are none. */
  readonly subject?: Subject | undefined
}

/** One request and its answer. Words are made of it when it is read. */
export interface JournaledAnswer {
  readonly ray: string
  readonly nowMs: number
  readonly host: string
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Id of an operation, or the part of the emulator that answered where there is none. */
  readonly operation: string
  /** 0 where the connection was cut. */
  readonly status: number
  readonly fault: string | null
  readonly mode: string | null
  /** Lines that no evaluation has. */
  readonly trail?: readonly Step[] | undefined
  readonly because?: Because | undefined
  /** Real Cloudflare does not answer so. */
  readonly onlyExpected?: boolean | undefined
}

export interface RememberedEntry {
  /** Id of the account. */
  readonly account: string | null
  readonly answered: JournaledAnswer
  /** What the decision was made from, so that `explain` can try what would have changed it. Never written out. */
  readonly evaluation: Evaluation | undefined
  /** Its place among the entries of all journals. */
  readonly sequence: number
}

export interface Journal {
  /** With the evaluation, where the answer rests on one: verdict and trail come from there. */
  add(answered: JournaledAnswer, evaluation?: Evaluation): void
  /** Oldest first. */
  list(): readonly RememberedEntry[]
  clear(): void
}

/** The journals of one world, in one order. */
export interface Journals {
  /** For an account. */
  make(account: string): Journal
  /** Of requests that belong to no account. */
  readonly ofNone: Journal
  /** Hears of every entry as it is added, however soon the journal forgets it. */
  listen(listener: (added: RememberedEntry) => void): void
}

/** What one journal keeps. */
export interface Bounds {
  readonly entries: number
  /** Of text that a client chose, roughly. */
  readonly bytes: number
}

const bounds: Bounds = { entries: 1000, bytes: 2 ** 20 }
/** Longer texts are cut, so that no one request makes a journal forget the others. */
const longest = { host: 255, path: 8 * 1024, detail: 1024 }

export function createJournals(within: Bounds = bounds): Journals {
  let sequence = 0
  const listeners: ((added: RememberedEntry) => void)[] = []
  const journal = (account: string | null): Journal => {
    let entries: RememberedEntry[] = []
    /** What is before it was forgotten. */
    let first = 0
    let bytes = 0
    const forget = () => {
      const oldest = entries[first]
      if (oldest !== undefined) bytes -= bytesOf(oldest)
      first += 1
      // Seldom enough to cost next to nothing for each entry.
      if (first > within.entries) {
        entries = entries.slice(first)
        first = 0
      }
    }
    return {
      add(answered, evaluation) {
        sequence += 1
        const added = { account, answered: bounded(answered), evaluation, sequence }
        entries.push(added)
        bytes += bytesOf(added)
        while (entries.length - first > within.entries || bytes > within.bytes) forget()
        for (const listener of listeners) listener(added)
      },
      list: () => entries.slice(first),
      clear() {
        entries = []
        first = 0
        bytes = 0
      },
    }
  }
  return {
    make: journal,
    ofNone: journal(null),
    listen(listener) {
      listeners.push(listener)
    },
  }
}

/** Several journals as one, oldest first. */
export function merged(journals: readonly Journal[]): readonly RememberedEntry[] {
  return journals.flatMap((each) => each.list()).sort((a, b) => a.sequence - b.sequence)
}

function bytesOf({
  answered: { host, path, method, because },
  evaluation,
}: RememberedEntry): number {
  const ofRequest = host.length + path.length + method.length + (because?.detail?.length ?? 0)
  const subject = evaluation?.subject ?? because?.subject
  if (subject === undefined) return ofRequest
  const id = subject.pair.status === 'invalid' ? subject.pair.client_id : ''
  return ofRequest + (evaluation?.token?.length ?? 0) + id.length + (subject.ip?.length ?? 0)
}

/**
 * Parameters that are as good as the person, in an address or in one that is a parameter itself: a callback may be on a
 * host of the emulator, behind a login.
 */
const secretParameters =
  /((?:[?&]|%(?:25)*(?:3f|26))(?:code|access_token|id_token|refresh_token|client_secret|code_verifier)(?:=|%(?:25)*3d))[\w.~:+-]{16,}/gi

function withoutSecrets(path: string): string {
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

/** Copied: a mere slice would hold on to the whole. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text
  return `${JSON.parse(JSON.stringify(text.slice(0, length)))}…`
}
