/** Probes that read the account through the API. A refusal is an observation, not an error. */
import type { Answered } from '../api/call.ts'
import { type Drift, differs, driftWords } from '../api/drift.ts'
import { createApiReader, type Reading } from '../api/reader.ts'
import type { Partially } from '../api/reading.ts'
import type { Target } from '../target/target.ts'
import type { Clock } from '../transport/clock.ts'
import { type AccessApiError, AccessUsageError } from '../transport/errors.ts'
import type { Secret } from '../transport/secret.ts'
import type { AccountFacts, ApiRefusal, ProbeName } from './observation.ts'
import { callOf } from './observed.ts'

export type AccountProbe = keyof AccountFacts & ProbeName

export interface AccountAnswer {
  readonly account: AccountFacts
  readonly drift: readonly Drift[]
  readonly refusal?: ApiRefusal
}

export function createAccountProbes(options: {
  readonly target: Target
  readonly account_id: string
  readonly apiToken: Secret
  readonly clock: Clock
  /** Milliseconds to wait for one read. */
  readonly timeoutMs: number
  readonly onAnswer: (answered: Answered) => void
}): (probe: AccountProbe) => Promise<AccountAnswer> {
  let last: Answered | undefined
  const api = createApiReader({
    ...options,
    retries: 0,
    endsAtShortPage: true,
    onAnswer(answered) {
      last = answered
      options.onAnswer(answered)
    },
  })
  const soon = () => ({ signal: AbortSignal.timeout(options.timeoutMs) })
  const reads: Readonly<Record<AccountProbe, () => Promise<AccountAnswer>>> = {
    applications: async () =>
      answerOf(await api.applications.list({}, soon()), (applications) => ({ applications })),
    service_tokens: async () =>
      answerOf(await api.serviceTokens.list({}, soon()), (service_tokens) => ({ service_tokens })),
    groups: async () => answerOf(await api.groups.list({}, soon()), (groups) => ({ groups })),
    organization: async () =>
      answerOf(await api.organizations.get({}, soon()), (organization) => ({ organization })),
    async api_token() {
      const ofUser = await api.tokenVerify.user({}, soon())
      // The token of an account is valid at that account alone (api-token-of-account).
      const { value, drift, refusal } =
        ofUser.refusal === undefined ? ofUser : await api.tokenVerify.account({}, soon())
      const isKnown = refusal === undefined && value?.status !== undefined
      const status = value?.status === 'active' ? 'active' : 'over'
      return { account: { api_token: isKnown ? status : 'refused' }, drift }
    },
  }

  /** What could be read, even if incomplete; a refusal if nothing could. */
  function answerOf<T>(
    { value, drift, refusal }: Reading<T>,
    fact: (value: Partially<T>) => AccountFacts,
  ): AccountAnswer {
    const account = value === undefined ? {} : fact(value)
    const call = last === undefined ? undefined : callOf(last.method, new URL(last.url))
    if (refusal !== undefined) return { account, drift, refusal: refused(refusal, call) }
    if (value !== undefined) return { account, drift }
    return { account, drift, refusal: unreadable(drift, last, call) }
  }

  return async (probe) => {
    try {
      return await reads[probe]()
    } catch (error) {
      // An API refusal is a cause of its own; any other failure makes no difference to the edge.
      return { account: {}, drift: [], refusal: unheard(error) }
    }
  }
}

function refused(
  { status, codes, messages, ray }: AccessApiError,
  call: string | undefined,
): ApiRefusal {
  return { status, codes, messages, ray, call }
}

/** The API did not answer: the edge can be judged without it. */
function unheard(error: unknown): ApiRefusal {
  if (error instanceof AccessUsageError) throw error
  const message = error instanceof Error ? error.message : String(error)
  return { status: null, codes: [], messages: [message], call: undefined, ray: undefined }
}

function unreadable(
  drift: readonly Drift[],
  last: Answered | undefined,
  call: string | undefined,
): ApiRefusal {
  const messages = drift.filter(differs).map(driftWords)
  return { status: last?.status ?? null, ray: last?.ray, codes: [], messages, call }
}
