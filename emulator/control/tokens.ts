/** API tokens with permissions: made, listed without their values, and deleted. */
import { fail, isFailure } from '../../contracts/errors/errors.ts'
import { newApiToken, shownApiToken } from '../account/api-tokens.ts'
import { IdTaken } from '../account/base.ts'
import { quotaFailure } from '../account/quota.ts'
import { refusedBy } from '../account/stored.ts'
import { accountOf, type ControlHandler, onAccount } from './context.ts'

export const listTokens: ControlHandler<'listTokens'> = onAccount((account, _call, context) => {
  const rows = account.state.tables.api_tokens.all()
  return { result: { result: rows.map((row) => shownApiToken(row, context.nowMs)) } }
})

export const createToken: ControlHandler<'createToken'> = async ({ query, body }, context) => {
  const { world, everyAccount } = context
  const account = accountOf(query, context)
  if (isFailure(account)) return account
  try {
    const made = newApiToken(body, account, { world, accounts: everyAccount })
    if (made === undefined) return fail('exists', 'Another API token has this value.')
    const { row, value, changes } = made
    const refused = quotaFailure(account, changes) ?? (await refusedBy(account.commit(changes)))
    return refused ?? { result: { ...shownApiToken(row, context.nowMs), value } }
  } catch (error) {
    if (error instanceof IdTaken) return fail('exists', `Another object has the id ${error.id}.`)
    throw error
  }
}

export const deleteToken: ControlHandler<'deleteToken'> = onAccount(async (account, { query }) => {
  const wanted = account.state.tables.api_tokens
    .all()
    .filter(({ id, name }) => id === query.token || name === query.token)
  const [row, second] = wanted
  if (row === undefined) return fail('unknown', `There is no API token "${query.token}".`)
  if (second !== undefined) {
    return fail('bad_request', `There are several API tokens "${query.token}": give the id of one.`)
  }
  const refused = await refusedBy(account.commit([{ table: 'api_tokens', delete: row.id }]))
  return refused ?? { result: { ok: true } }
})
