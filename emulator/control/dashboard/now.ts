/** What a request of the journal would get now: the account may have changed since. */
import { checkPair } from '../../access/service-token.ts'
import type { PairCheck, Subject } from '../../access/subject.ts'
import type { Verdict } from '../../access/verdict.ts'
import type { Account } from '../../account/account.ts'
import { decisionOf, signInDecision } from '../../account/decision.ts'
import { rulebookOf } from '../../account/evaluate.ts'
import type { RememberedEntry } from '../../account/journal.ts'
import { sameSecret } from '../../world/secrets.ts'
import type { ControlContext } from '../context.ts'

/** Undefined if no policies decided, or if the application is gone. */
export function verdictNow(
  { account: id, evaluation }: RememberedEntry,
  { accounts, world }: Pick<ControlContext, 'accounts' | 'world'>,
): Verdict['kind'] | undefined {
  const account = accounts.byId(id ?? '')
  if (evaluation === undefined || account === undefined) return undefined
  const application = account.state.tables.applications.get(evaluation.application.id)
  if (application === undefined) return undefined
  const subject: Subject = {
    ...evaluation.subject,
    pair: pairNow(evaluation.subject.pair, account, world.now()),
  }
  const isSignIn = subject.identity !== undefined
  const { verdict } = isSignIn
    ? signInDecision(rulebookOf(account, application), subject)
    : decisionOf(account, application, subject, rulebookOf)
  return verdict.kind
}

/** The secret is not kept. But only the holder of the right one learns that the service token has expired or is disabled. */
function pairNow(pair: PairCheck, account: Account, nowMs: number): PairCheck {
  const knewSecret =
    pair.status === 'valid' ||
    (pair.status === 'invalid' && (pair.reason === 'expired' || pair.reason === 'disabled'))
  if (!knewSecret) return pair
  const { client_id } = pair
  const [row] = account.state.tables.service_tokens.by('client_id', client_id)
  if (row === undefined) return { status: 'invalid', reason: 'unknown', client_id }
  return checkPair(row, row.client_secret, nowMs, sameSecret)
}
