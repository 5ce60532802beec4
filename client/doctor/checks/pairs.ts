/** Service tokens that do not authenticate (edge-refused-service-token). Only the API tells the causes apart. */
import { type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import { hasExpired } from '../account.ts'
import { type Check, match, no, out } from '../check.ts'
import type { ObservedFacts, ReadServiceToken } from '../observation.ts'
import { afterMending, stepsFor } from './fixes.ts'
import { type RefusedGate, shown, told, whenRefused, withPair } from './refusal.ts'

/** `judge` runs once the token was looked up, and returns undefined if that contradicts the row. */
function row(
  id: ModeId,
  judge: (
    token: ReadServiceToken | null,
    facts: ObservedFacts,
    refused: RefusedGate,
  ) => { readonly sure: number; readonly because: string } | undefined,
): Check {
  return {
    id,
    about: 'gate',
    evaluate: (facts) =>
      whenRefused(facts, (refused) => {
        const { pair, token, authenticated } = refused
        if (authenticated === 'yes')
          return out('The pair authenticates; it is refused for another reason.')
        if (token === undefined) return match(0.5, [told(pair, withPair)], { refused: 'pair' })
        const found = judge(token, facts, refused)
        if (found === undefined) return no
        return match(found.sure, [found.because, told(pair, withPair)], {
          refused: 'pair',
          fix: token === null ? undefined : pairFix(id, facts, refused),
        })
      }),
  }
}

/** Repairing the pair does not help if no policy includes the token. */
function pairFix(id: ModeId, facts: ObservedFacts, refused: RefusedGate): string | undefined {
  const next = afterMending(refused)
  if (id === 'token-disabled' || id === 'token-expired') return stepsFor(refused, facts, next)
  return next === undefined ? undefined : `${modes[id].fix} Then ${next}.`
}

/** By what the API shows this token should authenticate, so the secret must be wrong. */
function leavesTheSecret(
  token: ReadServiceToken | null,
  facts: ObservedFacts,
  { authenticated, standings }: RefusedGate,
) {
  if (token === null || token.enabled === false || hasExpired(token, facts)) return undefined
  if (authenticated === 'no') return { token, sure: shown }
  // If a policy would admit the token as it is, the refusal shows that the pair is bad.
  const admits = standings.filter(
    ({ policy, includes, excludes }) => policy.decision === 'non_identity' && includes && !excludes,
  )
  if (admits.length === 0) return undefined
  const isFree = admits.some(
    ({ requires, otherExcludes }) => requires.length + otherExcludes.length === 0,
  )
  return { token, sure: isFree ? shown : 0.2 }
}

export const pairChecks: readonly Check[] = [
  row('token-unknown', (token, facts) =>
    token === null && heldBefore(facts) === undefined
      ? { sure: 0.7, because: 'No service token in the account has the client id.' }
      : undefined,
  ),
  row('token-deleted', (token, facts) => {
    if (token !== null) return undefined
    const was = heldBefore(facts)
    return was === undefined
      ? {
          sure: 0.3,
          because:
            'No service token in the account has the client id, and nothing shows that one ever did.',
        }
      : { sure: shown, because: `No service token in the account has the client id, and ${was}.` }
  }),
  row('token-disabled', (token) =>
    token?.enabled === false
      ? { sure: shown, because: `The service token "${token.name}" has enabled: false.` }
      : undefined,
  ),
  row('token-expired', (token, facts) =>
    token !== null && token.enabled !== false && hasExpired(token, facts)
      ? {
          sure: shown,
          because: `The service token "${token.name}" expired at ${token.expires_at}.`,
        }
      : undefined,
  ),
  row('token-rotated', (token, facts, refused) => {
    const left = leavesTheSecret(token, facts, refused)
    if (left === undefined) return undefined
    const { name, created_at, updated_at } = left.token
    if (created_at === undefined || updated_at === undefined) {
      const because = `The service token "${name}" is active; when it was last changed could not be read.`
      return { sure: left.sure / 2, because }
    }
    if (updated_at <= created_at) return undefined
    return {
      sure: left.sure,
      because: `The service token "${name}" is active, was created at ${created_at} and changed at ${updated_at}: a secret from before the change may be outdated.`,
    }
  }),
  row('token-wrong-secret', (token, facts, refused) => {
    const left = leavesTheSecret(token, facts, refused)
    if (left === undefined) return undefined
    const { name, created_at, updated_at } = left.token
    const isUnchanged =
      created_at !== undefined && updated_at !== undefined && updated_at <= created_at
    const changed = isUnchanged ? ' and has not changed since it was created' : ''
    // A token changed since its creation may have been rotated; an unchanged one cannot have been.
    const sure = changed === '' ? left.sure / 2 : left.sure
    return { sure, because: `The service token "${name}" is active${changed}.` }
  }),
]

/** An application token issued for this client id: the pair was good once. */
function heldBefore({ pair, observed, earlier }: ObservedFacts): string | undefined {
  const all = observed === undefined ? earlier : [...earlier, observed]
  const tokens = all.flatMap(({ carried, answer }) =>
    [carried.token ?? [], answer.token ?? []].flat(),
  )
  const found = tokens.find(({ claims }) => claims.common_name === pair.client_id)
  return found === undefined ? undefined : 'an application token was issued to it before'
}
