/** Requests and answers that the failure modes of OAuth and OpenID Connect share. */

import type { ExpectedAnswer } from '../control/expected-answer.ts'
import type { Evidence } from '../evidence/evidence.ts'

/** Nothing listens there: clients only look at the redirect. */
export const callback = 'http://127.0.0.1:33418/callback'

/** RFC 7636, appendix B. */
export const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** Encodes the values, but not the braces of placeholders in them. */
export function withQuery(path: string, parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => {
    const encoded = encodeURIComponent(value).replaceAll('%7B', '{').replaceAll('%7D', '}')
    return `${name}=${encoded}`
  })
  return `${path}?${pairs.join('&')}`
}

/** The authorization endpoint sends the browser back with an error (RFC 6749, 4.1.2.1). */
export function refusedAtCallback(
  evidence: Evidence,
  error: string,
  description: string,
): ExpectedAnswer {
  const words = new URLSearchParams({ error, error_description: description })
  return {
    status: 302,
    evidence,
    headers: { 'cf-ray': true, location: `${callback}?${words}`, 'set-cookie': false },
  }
}

/** The authorization endpoint sends the browser to the login of the same host. */
export const toLoginOfTeam: ExpectedAnswer = {
  status: 302,
  evidence: 'assumed',
  headers: { 'cf-ray': true, location: '/cdn-cgi/access/login/' },
}
