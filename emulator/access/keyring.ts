/** Which signing keys an account has at a given time, computed from its last rotation (edge-key-rotation). */

/** The state of an account's key rotation. Each generation is one key. */
export interface Rotation {
  readonly generation: number
  /** Milliseconds since the epoch. */
  readonly rotated_at: number
  readonly interval_days: number
}

export interface Keyring {
  /** The generation that signs now. */
  readonly current: number
  /** The other published generation: the previous one for seven days after a rotation, then the next one. */
  readonly other: number
  readonly rotated_at: number
  readonly days_until_next_rotation: number
}

const dayMs = 86_400_000
/** How long a rotated-out key stays valid (edge-key-rotation). */
const overlapMs = 7 * dayMs

/** The keyring at a time, including automatic rotations that have fallen due since the last recorded one. */
export function keyringAt(rotation: Rotation, nowMs: number): Keyring {
  const intervalMs = rotation.interval_days * dayMs
  const due = Math.max(0, Math.floor((nowMs - rotation.rotated_at) / intervalMs))
  const current = rotation.generation + due
  const rotatedAt = rotation.rotated_at + due * intervalMs
  const inOverlap = nowMs < rotatedAt + overlapMs
  return {
    current,
    other: inOverlap ? current - 1 : current + 1,
    rotated_at: rotatedAt,
    days_until_next_rotation: Math.max(0, Math.ceil((rotatedAt + intervalMs - nowMs) / dayMs)),
  }
}

/** The state after a manual rotation now. */
export function rotated(rotation: Rotation, nowMs: number): Rotation {
  const { current } = keyringAt(rotation, nowMs)
  return { generation: current + 1, rotated_at: nowMs, interval_days: rotation.interval_days }
}
