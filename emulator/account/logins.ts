/** An account's logins in progress: rows, so that each step may come to another replica, or after a restart. */
import type { LoginOrigin, LoginRow, PendingLoginRow } from '../state/login-rows.ts'
import { putNewest } from '../state/newest-rows.ts'
import type { Change } from '../state/state.ts'
import type { AccountBase } from './base.ts'

/** How many wrong PINs were entered for an address, in logins that began since `sinceMs` (milliseconds since the epoch). */
export function wrongPins(
  { state }: Pick<AccountBase, 'state'>,
  email: string,
  sinceMs: number,
): number {
  return state.tables.logins
    .all()
    .filter((login) => login.email === email && login.began_at >= sinceMs)
    .reduce((count, { tries = 0 }) => count + tries, 0)
}

export function putLogin({ state }: Pick<AccountBase, 'state'>, put: LoginRow): Change[] {
  return putNewest(state, { table: 'logins', put })
}

/** Keeps a token until its browser comes for it. */
export function putPendingLogin(
  { state }: Pick<AccountBase, 'state'>,
  put: PendingLoginRow,
): Change[] {
  return putNewest(state, { table: 'pending_logins', put })
}

/** What a browser brought from a host when it last came to the login page from there. */
export function loginOriginOf(
  { state }: Pick<AccountBase, 'state'>,
  browser: string,
  hostname: string,
): LoginOrigin | undefined {
  const row = state.tables.login_origins.get(originId(browser, hostname))
  if (row === undefined) return undefined
  const { id: _, ...origin } = row
  return origin
}

export function putLoginOrigin(
  { state }: Pick<AccountBase, 'state'>,
  browser: string,
  hostname: string,
  origin: LoginOrigin,
): Change[] {
  const put = { id: originId(browser, hostname), ...origin }
  return putNewest(state, { table: 'login_origins', put })
}

function originId(browser: string, hostname: string): string {
  return `${browser} ${hostname}`
}
