/** Whether a client id and secret are a live service token. */
import type { PairCheck, PairProblem } from './subject.ts'

/** What of a service token's row the check reads. Times are RFC 3339. */
export interface ServiceTokenSecrets {
  readonly id: string
  readonly name: string
  readonly client_id: string
  readonly client_secret: string
  readonly enabled: boolean
  /** `null`: never. */
  readonly expires_at: string | null
  /** The secret before the last rotation, and the end of its grace. */
  readonly previous_client_secret?: { readonly value: string; readonly expires_at: string }
}

/**
 * `row` is the token whose client id was sent; `sameSecret` must take the same time whatever differs.
 * Who does not show a secret learns nothing more than `wrong_secret`; a rotated secret after its grace is
 * hardly better, and is told before the state of the row.
 */
export function checkPair(
  row: ServiceTokenSecrets,
  secret: string,
  nowMs: number,
  sameSecret: (one: string, other: string) => boolean,
): PairCheck {
  const { client_id, previous_client_secret: previous } = row
  const invalid = (reason: PairProblem): PairCheck => ({ status: 'invalid', reason, client_id })
  const isLive = (until: string) => nowMs < Date.parse(until)
  // Both are compared always: the time must not say which of the two was meant.
  const isCurrent = sameSecret(row.client_secret, secret)
  const isPrevious = previous !== undefined && sameSecret(previous.value, secret)
  if (!isCurrent && !isPrevious) return invalid('wrong_secret')
  if (!isCurrent && previous !== undefined && !isLive(previous.expires_at)) {
    return invalid('previous_secret_expired')
  }
  if (!row.enabled) return invalid('disabled')
  if (row.expires_at !== null && !isLive(row.expires_at)) return invalid('expired')
  return { status: 'valid', token_id: row.id, client_id, name: row.name }
}
