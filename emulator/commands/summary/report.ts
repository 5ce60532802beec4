/** What a run came to: the counts, and the kinds of requests, without a secret. */

import type { SeedAccount } from '../../../contracts/control/shapes.ts'
import { secretName } from '../../../contracts/recording/redact/names.ts'
import { createRedactor } from '../../../contracts/recording/redact/redact.ts'
import { credentialNames } from '../environment.ts'
import type { Counted, CountedRequest } from './tally.ts'

export interface RunReport extends Omit<Counted, 'totals'> {
  readonly refused: number
  readonly sent_to_login: number
  readonly refused_by_origin: number
  /** Answers that real Cloudflare does not give, beside the refusals among them. */
  readonly expected_only: number
  readonly foreign_credentials: number
}

export interface RunSecrets {
  readonly accounts: readonly SeedAccount[]
  /** Of the caller: the command may have been handed them. */
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

/** A sentence may quote what the client sent. */
const longestWhy = 300

function withoutSecrets(
  kinds: readonly CountedRequest[],
  { accounts, environment }: RunSecrets,
): CountedRequest[] {
  const redactor = createRedactor()
  for (const name of credentialNames(environment)) {
    const type = secretName(name)?.type
    if (type !== undefined) redactor.know(type, environment[name] ?? '')
  }
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
