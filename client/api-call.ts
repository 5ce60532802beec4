/** One call of the Cloudflare API: from an endpoint and its input to a checked result. */
import { headerNames } from '../contracts/edge.ts'
import type { Endpoint, Scope } from '../contracts/endpoint.ts'
import { failureEnvelope, type ResultInfo, success } from '../contracts/envelope.ts'
import { parseJson } from '../contracts/json.ts'
import type { Clock } from './clock.ts'
import { connect } from './connect.ts'
import { bearer } from './credentials.ts'
import { AccessApiError, AccessUsageError, ContractMismatch, withoutQuery } from './errors.ts'
import { parseLoosely } from './loose.ts'
import { isRetried, retryAfterSeconds, waitBefore } from './retry.ts'
import type { Secret } from './secret.ts'

export interface Answered {
  readonly operation: string
  readonly method: string
  /** Without its query. */
  readonly url: string
  readonly status: number
  readonly ray: string | undefined
}

/** Something that the contract does not know: a field by its path, or a status. */
export interface News {
  readonly operation: string
  readonly kind: 'field' | 'status'
  /** `result.new_field`, `result[].new_field`, or the status. */
  readonly found: string
  readonly ray: string | undefined
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

interface CallerOptions {
  readonly fetch: typeof globalThis.fetch
  readonly baseUrl: string
  readonly apiToken: Secret
  readonly account_id: string | undefined
  readonly zone_id: string | undefined
  readonly retries: number
  readonly clock: Clock
  readonly onNews: ((news: News) => void) | undefined
  readonly onAnswer: ((answered: Answered) => void) | undefined
}

type Input = Readonly<Record<string, unknown>>

interface Received {
  readonly status: number
  readonly ray: string | undefined
  readonly headers: Headers
  readonly text: string
}

const mostAnswers = 100

export function createCaller(options: CallerOptions) {
  const { fetch, apiToken, retries, clock, onNews, onAnswer } = options
  const kept: Answered[] = []

  function note(answered: Answered): void {
    kept.push(answered)
    if (kept.length > mostAnswers) kept.shift()
    onAnswer?.(answered)
  }

  async function once(endpoint: Endpoint, url: URL, init: RequestInit): Promise<Received> {
    const response = await connect(fetch, url, init)
    const { status, headers } = response
    const ray = headers.get(headerNames.ray) ?? undefined
    const { id: operation, method } = endpoint
    note({ operation, method, url: withoutQuery(url), status, ray })
    return { status, headers, ray, text: await response.text() }
  }

  async function call(
    endpoint: Endpoint,
    input: Input,
    { signal }: CallOptions = {},
  ): Promise<{ readonly result: unknown; readonly info: ResultInfo | undefined }> {
    const url = urlOf(endpoint, input, options)
    const hasBody = input.body !== undefined
    const init: RequestInit = {
      method: endpoint.method,
      redirect: 'manual',
      headers: {
        authorization: bearer(apiToken),
        accept: 'application/json',
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
      },
      ...(hasBody ? { body: JSON.stringify(input.body) } : {}),
      ...(signal === undefined ? {} : { signal }),
    }
    for (let tried = 0; ; tried += 1) {
      const received = await once(endpoint, url, init)
      const wait = waitBefore(tried, received.headers, clock)
      if (tried >= retries || wait === undefined || !isRetried(endpoint.method, received)) {
        return read(endpoint, received, onNews)
      }
      await clock.sleep(wait, signal)
    }
  }

  return { call, answers: (): readonly Answered[] => [...kept] }
}

function read(
  endpoint: Endpoint,
  { status, ray, text, headers }: Received,
  onNews: CallerOptions['onNews'],
) {
  const { id: operation } = endpoint
  const body = parseJson(text)
  const failure = failureEnvelope().safeParse(body)
  if (failure.success || status >= 400) {
    const errors = failure.data?.errors ?? []
    const all = errors.flatMap((error) => [error, ...(error.error_chain ?? [])])
    throw new AccessApiError({
      operation,
      status,
      ray,
      codes: all.map(({ code }) => code),
      messages: all.map(({ message }) => message),
      retryAfter: retryAfterSeconds(headers),
    })
  }
  const envelope = success().safeParse(body)
  if (!envelope.success) {
    const problems = ['the body is no envelope of the Cloudflare API']
    throw new ContractMismatch({ operation, status, ray, problems })
  }
  const parsed = parseLoosely(endpoint.result(), envelope.data.result)
  if ('problems' in parsed) {
    const problems = parsed.problems.map((problem) => `result.${problem}`)
    throw new ContractMismatch({ operation, status, ray, problems })
  }
  if (status !== endpoint.status) {
    onNews?.({ operation, kind: 'status', found: String(status), ray })
  }
  for (const path of parsed.unknown) {
    const found = path.startsWith('[') ? `result${path}` : `result.${path}`
    onNews?.({ operation, kind: 'field', found, ray })
  }
  return { result: parsed.value, info: envelope.data.result_info }
}

function urlOf(endpoint: Endpoint, input: Input, options: CallerOptions): URL {
  const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = input[name]
    // An empty one would turn "get this" into "list all".
    if (typeof value === 'string' && value !== '') return encodeURIComponent(value)
    throw new AccessUsageError({
      what: `${endpoint.id} needs ${name}.`,
      todo: `Give it as { ${name}: '…' }.`,
    })
  })
  const url = new URL(`${options.baseUrl}${prefixOf(endpoint, options)}${path}`)
  const query = typeof input.query === 'object' ? input.query : {}
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  return url
}

function prefixOf({ id, scope }: Endpoint, options: CallerOptions): string {
  const { account_id, zone_id } = options
  const prefixes: Readonly<Record<Scope, string | undefined>> = {
    account: account_id && `/accounts/${encodeURIComponent(account_id)}`,
    account_or_zone: account_id
      ? `/accounts/${encodeURIComponent(account_id)}`
      : zone_id && `/zones/${encodeURIComponent(zone_id)}`,
    zone: zone_id && `/zones/${encodeURIComponent(zone_id)}`,
    root: '',
    host: '',
  }
  const prefix = prefixes[scope]
  if (prefix !== undefined) return prefix
  if (scope === 'zone') {
    throw new AccessUsageError({ what: `${id} needs a zone.`, todo: 'Give zone_id.' })
  }
  throw new AccessUsageError({
    what: `${id} needs an account.`,
    todo: 'Give account_id, or set CLOUDFLARE_ACCOUNT_ID.',
  })
}
