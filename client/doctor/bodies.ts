/** Parses the bodies of Access's own documents. */
import { parseJson } from '../../contracts/declaration/json.ts'
import type { SeenAnswer } from './observation.ts'

/** The `kid` of every key that certs publishes. */
export function kidsIn({ body }: SeenAnswer): readonly string[] {
  return [...new Set([...body.matchAll(/"kid"\s*:\s*"([^"]+)"/g)].map(([, kid = '']) => kid))]
}

/** The team domain that the protected-resource document names. */
export function teamIn(wellKnown: SeenAnswer | undefined): string | undefined {
  return /"team_domain"\s*:\s*"([^"]+)"/.exec(wellKnown?.body ?? '')?.[1]
}

/** An origin may return 200 for every path; the content shows whose document it is (edge-protected-resource). */
export function isProtectedResource({ status, body }: SeenAnswer): boolean {
  const document = status === 200 ? parseJson(body) : undefined
  return typeof document === 'object' && document !== null && 'team_domain' in document
}
