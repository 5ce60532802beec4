/** The probes that read the account by the API. A refusal is an observation, not an error. */
import { createApiClient } from '../api.ts'
import type { Answered } from '../api-call.ts'
import type { Clock } from '../clock.ts'
import { AccessApiError, AccessUsageError, ContractMismatch } from '../errors.ts'
import type { Pages } from '../pages.ts'
import type { Secret } from '../secret.ts'
import type { Target } from '../target.ts'
import type { AccountFacts, ApiRefusal, ProbeName } from './observation.ts'
import { callOf } from './observed.ts'

export type AccountProbe = keyof AccountFacts & ProbeName

export interface AccountAnswer {
  readonly account: AccountFacts
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
  const api = createApiClient({
    ...options,
    retries: 0,
    onAnswer(answered) {
      last = answered
      options.onAnswer(answered)
    },
  })
  const soon = () => ({ signal: AbortSignal.timeout(options.timeoutMs) })
  const reads: Readonly<Record<AccountProbe, () => Promise<AccountFacts>>> = {
    applications: async () => ({ applications: await all(api.applications.list({}, soon())) }),
    service_tokens: async () => ({ service_tokens: await all(api.serviceTokens.list({}, soon())) }),
    groups: async () => ({ groups: await all(api.groups.list({}, soon())) }),
    organization: async () => ({ organization: await api.organizations.get({}, soon()) }),
    api_token: async () => {
      const { status } = await api.tokenVerify.user({}, soon())
      return { api_token: status === 'active' ? 'active' : 'refused' }
    },
  }
  return async (probe) => {
    try {
      return { account: await reads[probe]() }
    } catch (error) {
      // What kept the API from answering is a cause of its own, or makes no difference to the edge.
      if (error instanceof ContractMismatch) return { account: {}, refusal: unreadable(error) }
      if (!(error instanceof AccessApiError)) return { account: {}, refusal: unheard(error) }
      const { status, codes, messages, ray } = error
      const call = last === undefined ? undefined : callOf(last.method, new URL(last.url))
      const refusal = { status, codes, messages, ray, call }
      return probe === 'api_token'
        ? { account: { api_token: 'refused' } }
        : { account: {}, refusal }
    }
  }
}

/** The API did not answer: the edge can be judged without it. */
function unheard(error: unknown): ApiRefusal {
  if (error instanceof AccessUsageError) throw error
  const message = error instanceof Error ? error.message : String(error)
  return { status: null, codes: [], messages: [message], call: undefined, ray: undefined }
}

function unreadable({ status, ray, problems, operation }: ContractMismatch): ApiRefusal {
  return { status, ray, codes: [], messages: problems, call: operation }
}

/** No list of the API has smaller pages: one that is not full is the last, and saves asking for an empty one. */
const smallestPage = 25

async function all<T>(list: Pages<T>): Promise<T[]> {
  const items: T[] = []
  for await (const page of list.pages()) {
    items.push(...page)
    if (page.length < smallestPage) break
  }
  return items
}
