/** Comparison of secrets. */
import { hash, timingSafeEqual } from 'node:crypto'

/** Whether two secrets are equal, in a time that reveals neither where they differ nor their lengths. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b))
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
