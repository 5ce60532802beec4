/** Options and result of the doctor. */
import type { Advice } from '../../contracts/control/advice.ts'
import type { ModeId } from '../../contracts/modes/catalogue.ts'
import type { Drift } from '../api/drift.ts'
import type { ExpectedOnly } from '../edge/expected-only.ts'
import type { Target } from '../target/target.ts'
import type { Clock } from '../transport/clock.ts'
import type { Secret } from '../transport/secret.ts'
import type { OauthStep } from './oauth-steps.ts'
import type { ProbeName } from './observation.ts'

export interface Cause {
  readonly id: ModeId
  /** 0 to 1. Causes that look alike share it. */
  readonly confidence: number
  /** Causes that cannot be told from this one here; an API token or the failing exchange may tell them apart. */
  readonly alike: readonly ModeId[]
  /** Sentences, one observation each. */
  readonly proof: readonly string[]
  /** What to do: the first of `advice` if there is one, otherwise what usually helps. */
  readonly fix: string
  /**
   * Changes of the request or the account, each of which lets in the very request that was refused: the emulator that
   * refused it tried them. Those that a machine can make come first. Empty if nothing it tried helps; absent if nothing
   * was tried, as is always the case live.
   */
  readonly advice?: readonly Advice[]
}

export interface RuledOut {
  readonly id: ModeId
  readonly because: string
}

/** Something the doctor requested from the API and could not read completely. */
export interface Unread {
  readonly read: ProbeName
  readonly because: string
}

export interface Diagnosis {
  /** Whether the request works. False without causes means undecided. */
  readonly healthy: boolean
  /** Best first; causes of the same question stand together. */
  readonly causes: readonly Cause[]
  readonly ruled_out: readonly RuledOut[]
  /** Requests sent, including those to the API. */
  readonly probes: number
  /** The ray of every response, in order. */
  readonly rays: readonly string[]
  /** What could not be read from the API; causes that depend on it are less certain. */
  readonly unread: readonly Unread[]
  /** Where the API's answers differ from the contract. */
  readonly drift: readonly Drift[]
  /** Responses that only an emulator in profile `expected` gives, and what happens live. */
  readonly expected_only: readonly ExpectedOnly[]
  /** With `oauth`: the steps of a sign-in by Managed OAuth, in order. */
  readonly oauth?: readonly OauthStep[]
  /** Why the emulator tried no fix for a request that it refused. */
  readonly untried?: string
}

export interface DiagnoseOptions {
  readonly url: string | URL
  /** Default `targetFrom()`. */
  readonly target?: Target | undefined
  /** As the client has them: a missing or malformed half is a finding. */
  readonly credentials?:
    | {
        readonly client_id?: string | undefined
        readonly client_secret?: string | Secret | undefined
      }
    | undefined
  /** Read permission on Access: applications, service tokens, organization. */
  readonly api?: { readonly account_id: string; readonly apiToken: string | Secret } | undefined
  /** AUD tag and team domain as the client, or the origin, knows them. */
  readonly aud?: string | undefined
  readonly team?: string | undefined
  /** The failing exchange: `curl -v` output, a HAR, or the JSON that the API returned. */
  readonly observed?: string | undefined
  /** Whether to look at how a program would sign a person in by Managed OAuth; nothing is registered. */
  readonly oauth?: boolean | undefined
  /** Milliseconds to wait for one response, default 10000. */
  readonly timeoutMs?: number | undefined
  readonly clock?: Clock | undefined
  /** Whether to ask an emulator what would let a refused request in, default true. Never sent to Cloudflare. */
  readonly advice?: boolean | undefined
  /** Needed for `advice` if the emulator is not on loopback. */
  readonly adminToken?: string | Secret | undefined
}
