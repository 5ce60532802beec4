/** The rays of an account, or of requests that belong to none: 16 hex digits and a data centre, in a fixed order. */
import { hex } from '../ids.ts'
import type { World } from '../world.ts'

export interface Rays {
  next(): string
  /** Begins anew, with the same rays. */
  reset(): void
}

const colo = 'EMU'
/** Bytes of a ray. Four of them are drawn at once: one HMAC gives so many. */
const size = 8
const drawn = 4

export function createRays(world: World, ...label: readonly string[]): Rays {
  let count = 0
  let digits = ''
  return {
    next() {
      const place = count % drawn
      if (place === 0) digits = hex(world.bytes(size * drawn, 'ray', ...label, count / drawn))
      count += 1
      return `${digits.slice(place * size * 2, (place + 1) * size * 2)}-${colo}`
    },
    reset() {
      count = 0
    },
  }
}
