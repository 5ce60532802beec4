/** Reset, snapshot and restore. */
import { fail, isFailure } from '../../contracts/errors/errors.ts'
import { snapshotFailure } from '../account/quota.ts'
import { refusedBy, untilNotOutrun } from '../account/stored.ts'
import { accountOf, type ControlHandler, onAccount } from './context.ts'
import { judgedSnapshot } from './snapshot.ts'

/** Without `?account=`: every account and the clock. Accounts created since the start stay, as they were created. */
export const reset: ControlHandler<'reset'> = async ({ query }, context) => {
  if (query.account === undefined) {
    // Each on its own: where replicas share the log, one may have to try again.
    const all = context.accounts.all()
    const outcomes = all.map((account) => untilNotOutrun(() => refusedBy(account.reset())))
    const refused = (await Promise.all(outcomes)).find((outcome) => outcome !== undefined)
    if (refused !== undefined) return refused
    const ofWorld = await refusedBy(context.resetWorld())
    if (ofWorld !== undefined) return ofWorld
    // At other replicas: what they have not fetched yet is from before too.
    await Promise.all([...all.map(({ id }) => id), null].map(context.clearJournal))
    return { result: { ok: true } }
  }
  const account = accountOf(query, context)
  if (isFailure(account)) return account
  const refused = await refusedBy(account.reset())
  if (refused !== undefined) return refused
  await context.clearJournal(account.id)
  return { result: { ok: true } }
}

export const getState: ControlHandler<'getState'> = onAccount((account) => {
  const tables = Object.entries(account.state.snapshot())
  return { result: Object.fromEntries(tables.map(([name, rows]) => [name, [...rows]])) }
})

/** Restores a snapshot from `GET state`, of this release or an older one. An invalid one changes nothing. */
export const putState: ControlHandler<'putState'> = onAccount(
  async (account, { body }, context) => {
    const judged = judgedSnapshot(body, account, context.everyAccount)
    if ('problem' in judged) return fail('bad_request', judged.problem)
    const refused =
      snapshotFailure(account, judged.snapshot) ??
      (await refusedBy(account.restore(judged.snapshot)))
    return refused ?? { result: { ok: true } }
  },
)
