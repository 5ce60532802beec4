/** Where a sign-in by a program stands: at which step it stopped, or what comes next. */
import type { FlowStep } from '../../contracts/control/flow.ts'
import { type ReasonRow, reasons } from '../../contracts/reasons/table.ts'
import type { RememberedEntry } from '../account/journal.ts'
import { entryOf } from './entry.ts'
import { type ExplainContext, explainedEntry } from './explain.ts'

export interface FlowState {
  readonly kind: 'stopped' | 'waiting' | 'done'
  readonly step: FlowStep
  /** Why it stopped, or what it waits for. */
  readonly text: string
  /** What would let it go on, each by itself. */
  readonly fixes: readonly string[]
}

/** What a step that succeeded is followed by. */
const next: Readonly<Record<FlowStep, Pick<FlowState, 'kind' | 'text'>>> = {
  preflight: { kind: 'waiting', text: 'The browser has not sent the request that it asked for.' },
  discovery: { kind: 'waiting', text: 'The client has not asked for an authorization yet.' },
  registration: { kind: 'waiting', text: 'The client has not asked for an authorization yet.' },
  authorization: { kind: 'waiting', text: 'The person has not signed in and agreed yet.' },
  login: { kind: 'waiting', text: 'The person has not finished the login yet.' },
  approval: { kind: 'waiting', text: 'The program has not fetched its tokens yet.' },
  code: { kind: 'waiting', text: 'The client has not exchanged its code yet.' },
  token: { kind: 'done', text: 'The client has its tokens.' },
  userinfo: { kind: 'done', text: 'The client has read who the person is.' },
  edge: { kind: 'done', text: 'The edge admits the token of the client.' },
  refresh: { kind: 'done', text: 'The client has refreshed its tokens.' },
  revocation: { kind: 'done', text: 'The client has revoked its token.' },
}
const noApproval = { kind: 'waiting', text: 'The person has not approved yet.' } as const

/** @param entries the flow's, oldest first, and at least one */
export function stateOf(entries: readonly RememberedEntry[], context: ExplainContext): FlowState {
  const last = entries.findLast((entry) => !isWaitingPoll(entry)) ?? entries.at(-1)
  const step = last?.answered.flow?.step
  if (last === undefined || step === undefined) throw new Error('a flow has entries')
  if (isWaitingPoll(last) || last.answered.because?.reason === 'cli_approval_asked') {
    return { ...noApproval, step, fixes: [] }
  }
  if (!isRefused(last)) return { ...next[step], step, fixes: [] }
  const { why } = entryOf(last)
  return { kind: 'stopped', step, text: why, fixes: fixesOf(last, context) }
}

/** A poll of a program for tokens that a person has yet to approve. */
export function isWaitingPoll({ answered }: RememberedEntry): boolean {
  const { operation, because } = answered
  const waits = because?.reason === 'transfer_pending' || because?.reason === 'connection_cut'
  return operation === 'transfer.take' && waits
}

function isRefused({ answered, evaluation }: RememberedEntry): boolean {
  const { status, because, flow } = answered
  // What the origin answers is no matter of the sign-in.
  if (flow?.step === 'edge') return evaluation?.verdict.kind !== 'pass'
  if (flow?.step === 'discovery' && evaluation?.verdict.kind === 'login') return false
  if (status === 0 || status >= 400 || evaluation?.verdict.kind === 'deny') return true
  if (flow?.step === 'preflight') return false
  // An error goes to the client by a redirect, and pages of the login may have any status.
  return /^(oauth|oidc|login)_/.test(because?.reason ?? '')
}

function fixesOf(last: RememberedEntry, context: ExplainContext): readonly string[] {
  const tried = explainedEntry(last, context).would_pass_if
  if (tried.length > 0) return tried
  const { because, fault, mode } = last.answered
  if (mode !== null) return [`end the failure mode ${mode}`]
  if (fault !== null) return [`clear the fault ${fault}`]
  const rows: Readonly<Record<string, ReasonRow>> = reasons
  const fix = because === undefined ? undefined : rows[because.reason]?.fix
  return fix === undefined ? [] : [fix]
}
