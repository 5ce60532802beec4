/** The user-made contents of an account, to compare before and after. */
import type { Emulator } from '../../emulator/index.ts'

/**
 * Without what only counts or remembers: ordinals of ids, hosts, users and service tokens that were, past policy tests, logins
 * that have begun, the last use of a token.
 */
export async function configurationOf({ control }: Emulator): Promise<unknown> {
  const {
    service_tokens,
    counters: _,
    former_hosts: __,
    deleted_service_tokens: ___,
    deleted_users: ____,
    policy_tests: _____,
    logins: ______,
    login_origins: _______,
    pending_logins: ________,
    transfers: _________,
    ...tables
  } = await control.getState()
  const seen = (service_tokens ?? []).map((row) => ({ ...Object(row), last_seen_at: undefined }))
  return { ...tables, service_tokens: seen }
}
