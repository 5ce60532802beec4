/** Answers that only the profile `expected` gives, marked as such by an emulator: what Cloudflare answers instead. */
import { edge, headerNames } from '../../contracts/edge/endpoints.ts'

export interface ExpectedOnly {
  /** `GET https://app.example.com/`, without its query. */
  readonly request: string
  readonly status: number
  readonly ray: string | undefined
  /** What real Cloudflare does instead. */
  readonly live: string
}

export function isExpectedOnly(header: (name: string) => string | null): boolean {
  return header(headerNames.evidence) === 'expected'
}

/** The credentials of the request; `other` if they are not known. */
export type Carrying = 'nothing' | 'pair' | 'token' | 'other'

/** A sentence about Cloudflare itself (edge-exchange-implicit). */
export function liveAnswer(
  { pathname, hostname }: Pick<URL, 'pathname' | 'hostname'>,
  carrying: Carrying,
): string {
  if (pathname === edge.serviceAuth.path) {
    const page = hostname.endsWith('.cloudflareaccess.com') ? 'a page' : 'an empty body'
    return `Cloudflare has no such endpoint and answers 404 with ${page}: send the two headers to the application itself.`
  }
  const words: Readonly<Record<Carrying, string>> = {
    nothing:
      'Cloudflare redirects to the team’s login (302), because an Allow policy requires a person to sign in.',
    pair: 'Cloudflare redirects to the team’s login (302), or answers 403 in a strict organization: an Allow policy requires a person to sign in; only a Service Auth policy (non_identity) admits a pair.',
    token:
      'Cloudflare refuses the token alone (403) if there is no Allow policy: send the two headers with every request.',
    other: 'Cloudflare refuses the request or redirects to the team’s login (302).',
  }
  return words[carrying]
}
