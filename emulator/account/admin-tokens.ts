/** Whom an admin token belongs to: the emulator, or one account. */
import { digest } from '../world/ids.ts'
import { sameSecret } from '../world/secrets.ts'
import type { Account } from './account.ts'
import type { Accounts } from './accounts.ts'

export type TokenHolder = 'emulator' | Account

export interface TokenIssuers {
  /** The emulator's own. */
  readonly adminToken: string | undefined
  readonly accounts: Pick<Accounts, 'byAdminTokenDigest'>
}

/** The token itself is kept nowhere. */
export const digestOfToken = digest

export function holderOfToken(
  token: string,
  { adminToken, accounts }: TokenIssuers,
): TokenHolder | undefined {
  if (adminToken !== undefined && sameSecret(token, adminToken)) return 'emulator'
  const sent = digestOfToken(token)
  const account = accounts.byAdminTokenDigest(sent)
  const kept = account?.lease?.token_digest
  return kept !== undefined && sameSecret(sent, kept) ? account : undefined
}
