/** Records when a service token was last used: at most once a minute, and without waiting for the write. */
import { timestampAt } from '../state/timestamps.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'

const coalesceMs = 60_000

export function touchLastSeen(account: AccountBase, world: World, tokenId: string): void {
  const row = account.state.tables.service_tokens.get(tokenId)
  if (row === undefined) return
  const nowMs = world.now()
  const last = row.last_seen_at === undefined ? 0 : Date.parse(row.last_seen_at)
  if (Math.abs(nowMs - last) < coalesceMs) return
  // Not awaited: if the log refuses it, the request should not fail. The next real write answers 503.
  account.commit([{ table: 'service_tokens', put: { ...row, last_seen_at: timestampAt(nowMs) } }])
}
