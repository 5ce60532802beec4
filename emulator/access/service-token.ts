/** Checks a client id and secret against a service token. */
import type { PairReason } from '../../contracts/reasons/table.ts'
import type { PairCheck } from './subject.ts'

/** The fields of a service token that the check needs. Times are RFC 3339. */
export interface ServiceTokenSecrets {
  readonly id: string
  readonly name: string
  readonly client_id: string
  readonly client_secret: string
  readonly enabled: boolean
  /** `null` means never. */
  readonly expires_at: string | null
  /** The secret before the last rotation, and when its grace period ends. */
  readonly previous_client_secret?: { readonly value: string; readonly expires_at: string }
}

/**
 * Callers without a valid secret learn nothing more than `wrong_secret`. A rotated secret after its grace period counts as
 * hardly better, so it is reported before the state of the token.
 * @param row the service token with the client id that was sent
 * @param sameSecret must compare in constant time
 */
export function checkPair(
  row: ServiceTokenSecrets,
  secret: string,
  nowMs: number,
  sameSecret: (one: string, other: string) => boolean,
): PairCheck {
  const { client_id, previous_client_secret: previous } = row
  const invalid = (reason: PairReason): PairCheck => ({ status: 'invalid', reason, client_id })
  const isLive = (until: string) => nowMs < Date.parse(until)
  // Always compares both: the time must not reveal which of them matched.
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
