/** Reads and clears the journal: the requests to every account, those to none, and their answers. */
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import type { RememberedEntry } from '../account/journal.ts'
import { accountOf, type ControlHandler, type Controlled } from './context.ts'
import { entryOf } from './entry.ts'
import { ofFlow } from './flows.ts'

type AccountQuery = { readonly account?: string | undefined } | undefined

/** The entries of the account named by `?account=`; without it, all entries. Oldest first. */
export async function rememberedBy(
  query: AccountQuery,
  context: Pick<Controlled, 'accounts'>,
): Promise<readonly RememberedEntry[] | Failure<'unknown'>> {
  if (query?.account === undefined) return context.accounts.remembered()
  const account = accountOf(query, context)
  return isFailure(account) ? account : account.journal.gathered()
}

/** The latest entry whose ray begins with `ray`. */
export async function rememberedRay(
  query: AccountQuery,
  ray: string,
  context: Pick<Controlled, 'accounts'>,
): Promise<RememberedEntry | Failure<'unknown'>> {
  const remembered = await rememberedBy(query, context)
  if (isFailure(remembered)) return remembered
  const latest = remembered.findLast(({ answered }) => answered.ray.startsWith(ray))
  return latest ?? fail('unknown', `The journal has no ray "${ray}".`)
}

export const readJournal: ControlHandler<'readJournal'> = async ({ query }, context) => {
  const remembered = await rememberedBy(query, context)
  if (isFailure(remembered)) return remembered
  const { ray, host, operation, flow, limit, after } = query
  const isOfFlow = flow === undefined ? undefined : ofFlow(remembered, flow)
  const at =
    after === undefined ? -1 : remembered.findLastIndex(({ answered }) => answered.ray === after)
  if (after !== undefined && at < 0) {
    return fail('unknown', `The journal no longer has the ray "${after}". Read it without after.`)
  }
  const result = remembered
    .slice(at + 1)
    .filter((entry) => isOfFlow?.has(entry) ?? true)
    .filter(
      ({ answered }) =>
        (ray === undefined || answered.ray.startsWith(ray)) &&
        (host === undefined || answered.host === host) &&
        (operation === undefined || answered.operation === operation),
    )
    .slice(0, limit)
    .map(entryOf)
  return { result: { result } }
}

export const clearJournal: ControlHandler<'clearJournal'> = async ({ query }, context) => {
  const { accounts } = context
  const named = query.account === undefined ? undefined : accountOf(query, context)
  if (named !== undefined && isFailure(named)) return named
  for (const { id, journal } of named === undefined ? accounts.all() : [named]) {
    journal.clear()
    await context.clearJournal(id)
  }
  if (named === undefined) {
    accounts.journals.ofNone.clear()
    await context.clearJournal(null)
  }
  return { result: { ok: true } }
}
