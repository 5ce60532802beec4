/** What the doctor takes, and what it answers. */
import type { Advice } from '../../contracts/control/advice.ts'
import type { ModeId } from '../../contracts/modes/catalogue.ts'
import type { Drift } from '../api/drift.ts'
import type { Clock } from '../clock.ts'
import type { Secret } from '../secret.ts'
import type { Target } from '../target.ts'
import type { ExpectedOnly } from '../token/expected-only.ts'
import type { OauthStep } from './oauth-steps.ts'
import type { ProbeName } from './observation.ts'

export interface Cause {
  readonly id: ModeId
  /** 0 to 1. Causes that look alike share it. */
  readonly confidence: number
  /** The causes that look the same from here; an API token or the failing exchange may tell them apart. */
  readonly alike: readonly ModeId[]
  /** Sentences, each an observation. */
  readonly proof: readonly string[]
  /** What to do: the first of `advice` where there is one, else what helps in such cases. */
  readonly fix: string
  /**
   * Changes of the request or the account, each of which lets in the very request that was refused: the emulator that
   * refused it tried them. Those that a machine can make first. Empty where nothing that it tried helps; absent where
   * nothing was tried, as always live.
   */
  readonly advice?: readonly Advice[]
}

export interface RuledOut {
  readonly id: ModeId
  readonly because: string
}

/** Something that the API was asked for, and that could not be read whole. */
export interface Unread {
  readonly read: ProbeName
  readonly because: string
}

export interface Diagnosis {
  /** Whether what was asked works. False without causes: undecided. */
  readonly healthy: boolean
  /** Best first; those of one question stand together. */
  readonly causes: readonly Cause[]
  readonly ruled_out: readonly RuledOut[]
  /** Requests sent, those to the API too. */
  readonly probes: number
  /** Of every answer, in order. */
  readonly rays: readonly string[]
  /** What the API would not tell; where it is wanting, causes are less sure. */
  readonly unread: readonly Unread[]
  /** Where the API's answers are not what the contract says. */
  readonly drift: readonly Drift[]
  /** Answers that only an emulator in profile `expected` gives, and what happens live. */
  readonly expected_only: readonly ExpectedOnly[]
  /** With `oauth`: the steps of a sign-in by Managed OAuth, in order. */
  readonly oauth?: readonly OauthStep[]
  /** Why an emulator tried no fix on a request that it refused. */
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
  /** AUD tag and team as the client, or the origin, knows them. */
  readonly aud?: string | undefined
  readonly team?: string | undefined
  /** The failing exchange: text of `curl -v`, a HAR, or the JSON that the API answered. */
  readonly observed?: string | undefined
  /** Whether to look at how a program would sign a person in by Managed OAuth; nothing is registered. */
  readonly oauth?: boolean | undefined
  /** Milliseconds to wait for one answer, default 10000. */
  readonly timeoutMs?: number | undefined
  readonly clock?: Clock | undefined
  /** Whether an emulator is asked what would let a refused request in, default true. Cloudflare is never asked. */
  readonly advice?: boolean | undefined
  /** For that, where the emulator is not on loopback. */
  readonly adminToken?: string | Secret | undefined
}
