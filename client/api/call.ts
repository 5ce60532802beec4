/** One call of the Cloudflare API: from an endpoint and its input to a validated result. */

import type { Endpoint, Scope } from '../../contracts/declaration/endpoint.ts'
import { headerNames } from '../../contracts/edge/endpoints.ts'
import { bearer } from '../target/credentials.ts'
import type { Clock } from '../transport/clock.ts'
import { connect } from '../transport/connect.ts'
import { AccessUsageError, withoutQuery } from '../transport/errors.ts'
import type { Secret } from '../transport/secret.ts'
import { type Envelope, readEnvelope, readResult } from './answer.ts'
import { ContractMismatch } from './contract-mismatch.ts'
import { anyItem, type Drift, differs, gathered } from './drift.ts'
import { isRetried, waitBefore } from './retry.ts'

/** An answer of the API. */
export interface Answered {
  readonly operation: string
  readonly method: string
  /** Without its query. */
  readonly url: string
  readonly status: number
  readonly ray: string | undefined
}

/** A field or a status that the contract does not know. */
export interface News {
  readonly operation: string
  readonly kind: 'field' | 'status'
  /** The path of the field (`result.new_field`, `result[].new_field`), or the status. */
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

  async function ask(
    endpoint: Endpoint,
    input: Input,
    { signal }: CallOptions = {},
  ): Promise<Envelope> {
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
        return readEnvelope(endpoint, received)
      }
      await clock.sleep(wait, signal)
    }
  }

  return {
    ask,
    /** @throws ContractMismatch if the answer differs from its contract */
    async call(endpoint: Endpoint, input: Input, how?: CallOptions) {
      return strictly(endpoint, await ask(endpoint, input, how), onNews)
    },
    answers: (): readonly Answered[] => [...kept],
  }
}

function strictly(endpoint: Endpoint, envelope: Envelope, onNews: CallerOptions['onNews']) {
  const { id: operation } = endpoint
  const { info, status, ray } = envelope
  const read = readResult(endpoint, envelope)
  const drift = gathered(read.found, { operation, ray })
  const problems = drift.filter(differs).map(problemOf)
  if (problems.length > 0) throw new ContractMismatch({ operation, status, ray, problems, drift })
  for (const { kind, path, seen } of drift) {
    if (kind === 'unknown_status') onNews?.({ operation, kind: 'status', found: seen, ray })
    else onNews?.({ operation, kind: 'field', found: anyItem(path), ray })
  }
  return { result: read.value, info }
}

function problemOf({ path, expected, seen }: Drift): string {
  return path === 'body'
    ? `the body is not an envelope of the Cloudflare API, but ${seen}`
    : `${path}: expected ${expected}, got ${seen}`
}

function urlOf(endpoint: Endpoint, input: Input, options: CallerOptions): URL {
  const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = input[name]
    // An empty value would turn "get one" into "list all".
    if (typeof value === 'string' && value !== '') return encodeURIComponent(value)
    throw new AccessUsageError({
      what: `${endpoint.id} needs ${name}.`,
      todo: `Give it as { ${name}: '…' }.`,
    })
  })
  const url = new URL(`${options.baseUrl}${prefixOf(endpoint, options)}${path}`)
  const query = typeof input.query === 'object' ? input.query : {}
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue
    for (const each of [value].flat()) url.searchParams.append(name, String(each))
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
