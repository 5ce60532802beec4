/** The log of authentications, derived from the edge's journal. */
import type { AccessRequest, accessLogs as contract } from '../../contracts/api/access-logs.ts'
import type { QueryOf } from '../../contracts/declaration/endpoint.ts'
import type { Evaluation } from '../account/evaluation.ts'
import type { JournaledAnswer } from '../account/journal.ts'
import { timestampAt } from '../state/timestamps.ts'
import type { ApiHandlers } from './context.ts'

type LogQuery = QueryOf<(typeof contract)['list']>
type LogEntry = Partial<AccessRequest>

/** Requests that bypass Access, are sent to the login, or carry an earlier application token are not authentications. */
function isAuthentication({ verdict }: Evaluation): boolean {
  if (verdict.kind === 'deny') return true
  return verdict.kind === 'pass' && verdict.by !== 'bypass' && verdict.by !== 'application_token'
}

/** Of whom a token says who asked; that of another application counts where it let the request in (edge-linked-app-token). */
function emailOf({ subject, verdict }: Evaluation): string | undefined {
  const { applicationToken, linkedToken } = subject
  const isLinked = verdict.kind === 'pass' && verdict.by === 'linked_app_token'
  const token = isLinked && linkedToken?.status === 'valid' ? linkedToken : applicationToken
  return token?.claims.email
}

/** Omits what is unknown, above all the `connection` of a request without credentials. */
function entryOf({ ray, nowMs }: JournaledAnswer, evaluation: Evaluation): LogEntry {
  const { application, subject, verdict } = evaluation
  const isMachine = subject.pair.status === 'valid'
  const email = subject.identity?.email ?? emailOf(evaluation)
  return {
    ray_id: ray.slice(0, 16),
    created_at: timestampAt(nowMs),
    action: 'login',
    allowed: verdict.kind === 'pass',
    app_domain: application.domain ?? '',
    app_uid: application.id,
    app_type: application.type,
    ...(isMachine ? { connection: 'service_token' } : {}),
    ...(subject.ip === undefined ? {} : { ip_address: subject.ip }),
    ...(subject.country === undefined ? {} : { country: subject.country }),
    non_identity: email === undefined,
    ...(email === undefined ? {} : { user_email: email }),
  }
}

type Operator = 'eq' | 'neq' | undefined

function equals(value: unknown, wanted: unknown, operator: Operator): boolean {
  if (wanted === undefined) return true
  return (value === wanted) === (operator !== 'neq')
}

/** Matches part of the address, case-sensitively, unless an exact match is requested (api-access-log-filters). */
function fitsEmail(address: string | undefined, query: LogQuery): boolean {
  const { email, email_exact, emailOp } = query
  if (email === undefined) return true
  if (emailOp === 'neq') return address !== email
  const isWhole = email_exact === true || emailOp === 'eq'
  return isWhole ? address === email : (address?.includes(email) ?? false)
}

function isShown(entry: LogEntry, query: LogQuery): boolean {
  return (
    fitsEmail(entry.user_email, query) &&
    equals(entry.allowed, query.allowed, query.allowedOp) &&
    equals(entry.country, query.country_code, query.country_codeOp) &&
    equals(entry.app_type, query.app_type, query.app_typeOp) &&
    equals(entry.app_uid, query.app_uid, query.app_uidOp) &&
    equals(entry.ray_id, query.ray_id, query.ray_idOp) &&
    equals(entry.idp, query.idp, query.idpOp) &&
    equals(entry.non_identity, query.non_identity, query.non_identityOp)
  )
}

function isWithin({ nowMs }: JournaledAnswer, { since, until }: LogQuery): boolean {
  if (since !== undefined && nowMs < Date.parse(since)) return false
  return until === undefined || nowMs <= Date.parse(until)
}

function picked(entry: LogEntry, fields: string | undefined): LogEntry {
  if (fields === undefined) return entry
  const names = fields.split(',').map((name) => name.trim())
  return Object.fromEntries(Object.entries(entry).filter(([name]) => names.includes(name)))
}

export const accessLogs: ApiHandlers<typeof contract> = {
  async list({ query }, { account }) {
    const found = (await account.journal.gathered()).flatMap(({ answered: line, evaluation }) => {
      if (evaluation === undefined || !isAuthentication(evaluation)) return []
      if (!isWithin(line, query)) return []
      const entry = entryOf(line, evaluation)
      return isShown(entry, query) ? [entry] : []
    })
    const rows = query.direction === 'asc' ? found : found.toReversed()
    return {
      rows: rows.slice(0, query.limit),
      view: (entry: LogEntry) => picked(entry, query.fields),
    }
  },
}
