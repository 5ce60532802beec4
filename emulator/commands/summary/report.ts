/** The result of a run: counts and kinds of requests, without secrets. */
import type { SeedAccount } from '../../../contracts/control/shapes.ts'
import { redactorFor } from '../redactor.ts'
import type { Counted, CountedRequest } from './tally.ts'

export interface RunReport extends Omit<Counted, 'totals'> {
  readonly refused: number
  readonly sent_to_login: number
  readonly refused_by_origin: number
  /** Answers that real Cloudflare does not give; refusals are counted as `refused` instead. */
  readonly expected_only: number
  readonly foreign_credentials: number
}

export interface RunSecrets {
  readonly accounts: readonly SeedAccount[]
  /** The caller's: the command may have inherited credentials from it. */
  readonly environment: NodeJS.ProcessEnv
}

export function reportOf(counted: Counted, secrets: RunSecrets): RunReport {
  const { requests, totals, left_out } = counted
  const kinds = withoutSecrets(counted.kinds, secrets)
  const foreign = kinds.filter((kind) => kind.foreign_credentials)
  return {
    requests,
    refused: totals.refused,
    sent_to_login: totals.login,
    refused_by_origin: totals.origin,
    expected_only: totals.expected_only,
    foreign_credentials: foreign.reduce((sum, { count }) => sum + count, 0),
    kinds: kinds.toSorted((a, b) => b.count - a.count),
    left_out,
  }
}

/** Limits a sentence, which may quote what the client sent. */
const longestWhy = 300

function withoutSecrets(
  kinds: readonly CountedRequest[],
  { accounts, environment }: RunSecrets,
): CountedRequest[] {
  const redactor = redactorFor(environment)
  for (const { api_token, service_tokens } of accounts) {
    redactor.know('api_token', api_token)
    for (const { client_secret } of service_tokens) redactor.know('client_secret', client_secret)
  }
  return kinds.map((kind) => ({
    ...kind,
    host: redactor.text(kind.host, 'host'),
    path: redactor.text(kind.path, 'path'),
    why: redactor.text(
      kind.why.length > longestWhy ? `${kind.why.slice(0, longestWhy)}…` : kind.why,
      'why',
    ),
  }))
}
