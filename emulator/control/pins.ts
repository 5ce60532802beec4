/** The One-time PINs that live would have mailed. */
import type { control } from '../../contracts/control/endpoints.ts'
import { isFailure } from '../../contracts/errors.ts'
import { pinLifetimeMs } from '../access/login.ts'
import { accountOf, type ControlHandlers } from './context.ts'

export const listPins: ControlHandlers<Pick<typeof control, 'listPins'>>['listPins'] = (
  { query },
  context,
) => {
  const account = accountOf(query, context)
  if (isFailure(account)) return account
  const result = account.logins.list().flatMap((login) => {
    const { email, pin, hostname, application, beganMs, isUsed } = login
    if (email === undefined || (query.email ?? email) !== email) return []
    return {
      email,
      pin: pin ?? null,
      hostname,
      application,
      asked_at: new Date(beganMs).toISOString(),
      expires_at: new Date(beganMs + pinLifetimeMs).toISOString(),
      used: isUsed,
    }
  })
  return { result: { result } }
}
