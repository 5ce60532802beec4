/** Comparison of secrets, and the digest that stands for one. */
import { hash, timingSafeEqual } from 'node:crypto'

/** Whether two secrets are equal, in a time that reveals neither where they differ nor their lengths. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b))
}

/** The S256 challenge of a code verifier (RFC 7636, 4.2). */
export function challengeOf(verifier: string): string {
  return sha256(verifier).toString('base64url')
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
