/** Rotation of the signing keys: its interval, the last rotation, and rotating now. */
import type { keys as contract, KeyConfiguration } from '../../contracts/api/keys.ts'
import { keyringAt, type Rotation, rotated } from '../access/keyring.ts'
import type { Change } from '../state/state.ts'
import { preciseTimestampAt } from '../state/timestamps.ts'
import type { ApiHandlers } from './context.ts'

function view(rotation: Rotation, nowMs: number): KeyConfiguration {
  const { rotated_at, days_until_next_rotation } = keyringAt(rotation, nowMs)
  return {
    key_rotation_interval_days: rotation.interval_days,
    last_key_rotation_at: preciseTimestampAt(rotated_at),
    days_until_next_rotation,
  }
}

function answered(rotation: Rotation, nowMs: number) {
  const put = { id: 'keyring', ...rotation } as const
  const changes: Change[] = [{ table: 'keyring', put }]
  return { result: view(rotation, nowMs), changes }
}

/** The same keys with a new interval. If that has already elapsed, the rotation happens now, not in the past. */
function withInterval(rotation: Rotation, interval_days: number, nowMs: number): Rotation {
  const { current, rotated_at } = keyringAt(rotation, nowMs)
  const kept = { generation: current, rotated_at, interval_days }
  const isDue = keyringAt(kept, nowMs).current > current
  return isDue ? { generation: current + 1, rotated_at: nowMs, interval_days } : kept
}

export const keys: ApiHandlers<typeof contract> = {
  get: (_call, { account, nowMs }) => ({ result: view(account.keyring(), nowMs) }),
  update: ({ body }, { account, nowMs }) =>
    answered(withInterval(account.keyring(), body.key_rotation_interval_days, nowMs), nowMs),
  rotate: (_call, { account, nowMs }) => answered(rotated(account.keyring(), nowMs), nowMs),
}
