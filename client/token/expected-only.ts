/** Answers that only the profile `expected` gives, marked so by an emulator: what Cloudflare answers in their place. */
import { edge, headerNames } from '../../contracts/edge/endpoints.ts'

export interface ExpectedOnly {
  /** `GET https://app.example.com/`, without its query. */
  readonly request: string
  readonly status: number
  readonly ray: string | undefined
  /** What happens live. */
  readonly live: string
}

export function isExpectedOnly(header: (name: string) => string | null): boolean {
  return header(headerNames.evidence) === 'expected'
}

/** What a request carries that is answered so; `other` where nobody can say. */
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
      'Cloudflare redirects to the login of the team (302), for an Allow policy asks for a person.',
    pair: 'Cloudflare redirects to the login of the team (302), or answers 403 in a strict organization: an Allow policy asks for a person, and only a Service Auth policy (non_identity) admits a pair.',
    token:
      'Cloudflare refuses the token alone (403) where no Allow policy stands: send the two headers each time.',
    other: 'Cloudflare refuses, or redirects to the login of the team (302).',
  }
  return words[carrying]
}
