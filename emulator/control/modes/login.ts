/** Starts a login, as the team domain would, for a mode that begins in the middle of one. */
import { api } from '../../../contracts/api/operations.ts'
import { putLogin } from '../../account/logins.ts'
import type { ApplicationRow } from '../../state/rows.ts'
import { hex } from '../../world/ids.ts'
import { call, Problem } from './ledger.ts'
import type { ModeContext } from './objects.ts'

/** Without a PIN: the mode uses an address that no policy admits, so none would be mailed. */
export async function beginLogin(
  context: ModeContext,
  email: string,
  application: ApplicationRow | undefined,
): Promise<void> {
  if (application === undefined) throw new Problem(`${context.id}: nothing to sign in to.`)
  const { account, control, host, ledger } = context
  const login = {
    id: loginNonceOf(context),
    browser: loginSessionOf(context),
    application_id: application.id,
    hostname: host,
    path: '/',
    identity_provider_id: await oneTimePin(context),
    began_at: control.nowMs,
    email,
    is_used: false,
  }
  await ledger.commit(putLogin(account, login))
}

export function loginNonceOf({ account, control: { world }, id }: ModeContext): string {
  return hex(world.bytes(16, account.id, 'mode', id, 'login nonce'))
}

export function loginSessionOf({ account, control: { world }, id }: ModeContext): string {
  return hex(world.bytes(8, account.id, 'mode', id, 'login session'))
}

/** The id of the One-time PIN provider; creates one if the account has none. */
async function oneTimePin(context: ModeContext): Promise<string> {
  const rows = context.account.state.tables.identity_providers.all()
  const known = rows.find(({ type }) => type === 'onetimepin')
  if (known !== undefined) return known.id
  const body = { type: 'onetimepin', name: 'One-time PIN', config: {} } as const
  return (await call(context, api.identityProviders.create, { body })).id
}
