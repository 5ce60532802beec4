/** The rays of an account, or of requests that belong to none: 16 hex digits and a data centre, in a fixed sequence. */
import { hex } from '../world/ids.ts'
import type { World } from '../world/world.ts'

export interface Rays {
  next(): string
  /** Restarts the sequence. */
  reset(): void
}

const colo = 'EMU'
/** 2^64 divided by the golden ratio, made odd: its multiples spread over all 64 bits and never repeat. */
const step = 0x9e3779b97f4a7c15n

/** @param label what they are of; a part that is undefined does not count */
export function createRays(world: World, ...label: readonly (string | undefined)[]): Rays {
  const parts = label.filter((part) => part !== undefined)
  const first = BigInt(`0x${hex(world.bytes(8, 'ray', ...parts))}`)
  let at = first
  return {
    next() {
      const digits = at.toString(16).padStart(16, '0')
      at = BigInt.asUintN(64, at + step)
      return `${digits}-${colo}`
    },
    reset() {
      at = first
    },
  }
}
