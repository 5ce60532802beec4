/** Comparison of secrets, and the digest that stands for one. */
import { hash, timingSafeEqual } from 'node:crypto'

/** Whether two secrets are equal, in a time that does not reveal where they differ. Their lengths are no secret. */
export function sameSecret(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}

/** The S256 challenge of a code verifier (RFC 7636, 4.2). */
export function challengeOf(verifier: string): string {
  return hash('sha256', verifier, 'base64url')
}
