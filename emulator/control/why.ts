/** The reason for the answer to a request in the journal, in one sentence. */
import type { AnswerReason } from '../../contracts/errors/errors.ts'
import { reasons } from '../../contracts/reasons/table.ts'
import type { Subject } from '../access/subject.ts'
import type { PassedBy, Verdict } from '../access/verdict.ts'
import type { Evaluation } from '../account/evaluation.ts'
import type { JournaledAnswer, RememberedEntry } from '../account/journal.ts'
import { becauseInWords, filled } from './why-words.ts'

export function whyOf(remembered: RememberedEntry): string {
  const { answered, evaluation } = remembered
  const { because } = answered
  const onPurpose = interference(answered)
  if (onPurpose !== undefined) return sentence(onPurpose)
  if (isOfOrigin(remembered)) {
    return sentence(becauseInWords({ reason: 'origin_answered' }, answered))
  }
  if (evaluation === undefined) return sentence(undecided(answered))
  const isExplained = because !== undefined && evaluation.verdict.kind === 'pass'
  return isExplained ? sentence(becauseInWords(because, answered)) : decidedInWords(evaluation)
}

function sentence(words: string): string {
  return /[.!?…]$/.test(words) ? words : `${words}.`
}

/** A mode or fault that was set on purpose is the reason, before any other. */
function interference({ fault, mode, operation, status }: JournaledAnswer): string | undefined {
  if (operation.startsWith('control.modes.')) {
    return `The failure mode ${mode} ${operation.endsWith('.set') ? 'was set' : 'was ended'}`
  }
  if (mode !== null) return `The failure mode ${mode} is set`
  if (fault === null) return undefined
  const cut = status === 0 ? ', which cut the connection' : ''
  return `A fault is set here (${fault})${cut}`
}

/** Whether the answer is the origin's own 4xx or 5xx. */
export function isOfOrigin({ answered, evaluation }: RememberedEntry): boolean {
  const { operation, status, fault, because } = answered
  const isLetThrough = evaluation === undefined ? true : evaluation.verdict.kind === 'pass'
  const isOpen = because === undefined || openly.has(because.reason)
  return operation === 'gate' && status >= 400 && fault === null && isLetThrough && isOpen
}

/** Reasons for which requests go to the origin without a policy. */
const openly: ReadonlySet<AnswerReason> = new Set<AnswerReason>([
  'no_application',
  'preflight_bypassed',
  'worker_path_overridden',
])

function undecided(answered: JournaledAnswer): string {
  const { because, trail, operation, status } = answered
  const reason = because ?? trail?.[0]
  if (reason !== undefined) return becauseInWords(reason, answered)
  return status >= 400 ? `The operation ${operation} answered ${status}` : 'The request succeeded'
}

/** The verdict of the policies, whatever happened to the request afterwards. */
export function decidedInWords({ verdict, subject }: Evaluation): string {
  switch (verdict.kind) {
    case 'pass':
      return sentence(`Policy "${verdict.policy.name}" ${ways[verdict.by]}`)
    case 'login':
      return sentence(`${shownBy(subject)}, so Access asks for a login`)
    case 'deny':
      return sentence(denied(subject, verdict))
    default:
      return verdict satisfies never
  }
}

const ways = {
  bypass: 'bypasses Access',
  service_token: 'admits the service token',
  linked_app_token: 'admits the token of the linked application',
  non_identity: 'admits the request without an identity',
  application_token: 'admits the application token',
  identity: 'admits the person',
} as const satisfies Record<PassedBy, string>

function denied(subject: Subject, { reason, policy }: Verdict & { kind: 'deny' }): string {
  return filled(reasons[reason].text, {
    credentials: () => shownBy(subject),
    policy: () => policy?.name ?? '',
  })
}

/** The credentials that the request sent, as far as they matter. */
function shownBy({ pair, refusedToken, applicationToken, linkedToken }: Subject): string {
  if (pair.status === 'valid') return `The service token "${pair.name}" is valid`
  if (pair.status !== 'absent') return reasons[pair.reason].text
  if (refusedToken !== undefined) return reasons[refusedToken.reason].text
  if (applicationToken !== undefined) {
    return 'The application token is valid, but no policy admits it'
  }
  return linkedToken === undefined
    ? 'No credentials were sent'
    : 'The access token is of another application, which no policy links'
}
