/** What the doctor reads in the bodies of Access's own documents. */
import type { Seen } from './observation.ts'

/** `kid` of every key that certs publishes. */
export function kidsIn({ body }: Seen): readonly string[] {
  return [...new Set([...body.matchAll(/"kid"\s*:\s*"([^"]+)"/g)].map(([, kid = '']) => kid))]
}

/** The team domain that the protected-resource document names. */
export function teamIn(wellKnown: Seen | undefined): string | undefined {
  return /"team_domain"\s*:\s*"([^"]+)"/.exec(wellKnown?.body ?? '')?.[1]
}
