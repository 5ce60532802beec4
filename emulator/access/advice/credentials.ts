/** Credentials that a client could send instead: its own, corrected, or a valid service token. */
import { type ReasonRow, reasons } from '../../../contracts/reasons/table.ts'
import type { Rulebook } from '../policy.ts'
import type { Subject } from '../subject.ts'
import { type KnownAccount, type KnownServiceToken, type Move, ofSubject } from './move.ts'
import { rulesOf } from './rules-of.ts'

/** Names only service tokens that exist. */
export function serviceTokens(
  rulebook: Rulebook,
  subject: Subject,
  known: KnownAccount,
): readonly Move[] {
  const rules = rulesOf(rulebook)
  const named = new Set(
    rules.flatMap((rule) => ('service_token' in rule ? [rule.service_token.token_id] : [])),
  )
  const isNamed = ({ id }: KnownServiceToken) => named.has(id)
  const others = known.serviceTokens.filter((token) => !isNamed(token) && token.state === 'live')
  const sent = clientIdOf(subject)
  const candidates = [...known.serviceTokens.filter(isNamed), ...others.slice(0, 2)]
  const isUnnamed = rules.some((rule) => 'any_valid_service_token' in rule)
  const useful = isUnnamed ? candidates : candidates.filter(isNamed)
  return [
    ...useful
      .slice(0, 12)
      .filter(({ client_id }) => client_id !== sent)
      .map(sending),
    ...(subject.pair.status === 'absent' ? [] : [sendingNone]),
  ]
}

function sending(token: KnownServiceToken): Move {
  const { id: token_id, name, client_id, state } = token
  const pair = { status: 'valid', token_id, client_id, name } as const
  const send = { change: 'send_service_token', token_id } as const
  return {
    dimension: 'credential',
    says:
      state === 'live'
        ? `send the service token "${name}"`
        : `${mended[state].says} "${name}" and send it`,
    changes: state === 'live' ? [send] : [{ change: mended[state].change, token_id }, send],
    apply: ofSubject((subject) => ({ ...subject, pair })),
  }
}

const mended = {
  disabled: { change: 'enable_service_token', says: reasons.disabled.fix },
  expired: { change: 'refresh_service_token', says: reasons.expired.fix },
} as const

const sendingNone: Move = {
  dimension: 'credential',
  says: 'send no service token',
  changes: [{ change: 'send_no_service_token' }],
  apply: ofSubject((subject) => ({ ...subject, pair: { status: 'absent' } })),
}

function clientIdOf({ pair }: Subject): string | undefined {
  return pair.status === 'valid' || pair.status === 'invalid' ? pair.client_id : undefined
}

/** The service token that was sent, corrected. */
export function mendingPair(
  { pair }: Subject,
  { serviceTokens: tokens }: KnownAccount,
): readonly Move[] {
  if (pair.status !== 'invalid') return []
  const token = tokens.find(({ client_id }) => client_id === pair.client_id)
  if (token === undefined || pair.reason === 'unknown') return []
  const { id: token_id, name, client_id, state } = token
  const valid = { status: 'valid', token_id, client_id, name } as const
  const apply = ofSubject((subject) => ({ ...subject, pair: valid }))
  const send = { change: 'send_service_token', token_id } as const
  const mend = state === 'live' ? [] : [{ change: mended[state].change, token_id }]
  const isWrong = pair.reason === 'wrong_secret' || pair.reason === 'previous_secret_expired'
  const parts = [
    ...(state === 'live' ? [] : [`${mended[state].says} "${name}"`]),
    ...(isWrong ? [`${reasons[pair.reason].fix} "${name}"`] : []),
  ]
  if (parts.length === 0) return []
  return [{ dimension: 'credential', says: parts.join(' and '), changes: [...mend, send], apply }]
}

/** The refused application token, corrected; empty if its claims are not known. */
export function mendingToken({ refusedToken }: Subject): readonly Move[] {
  const signed = refusedToken?.signed
  const row: ReasonRow | undefined = refusedToken && reasons[refusedToken.reason]
  const says = row?.fix
  if (signed === undefined || says === undefined) return []
  return [
    {
      dimension: 'credential',
      says,
      changes: [{ change: 'send_application_token' }],
      apply: ofSubject(({ refusedToken: _, ...subject }) => ({
        ...subject,
        applicationToken: signed,
      })),
    },
  ]
}
