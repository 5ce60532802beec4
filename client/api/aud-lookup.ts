/** Looks up the AUD tag of the application that a URL belongs to, through the API. */

import { type Drift, differs } from './drift.ts'
import type { ApiReader } from './reader.ts'

export interface LookedUp {
  /** Undefined if no application covers the URL, or the API's answer leaves it open. */
  readonly aud: string | undefined
  /** The application as the API returned it; null if there is none, undefined if the API's answer leaves it open. */
  readonly application: unknown
  readonly drift: readonly Drift[]
}

/**
 * The longest domain that covers the URL wins; wildcards are ignored.
 * @throws AccessApiError if the API refuses the list
 */
export async function lookUpAud(
  { applications }: Pick<ApiReader, 'applications'>,
  url: URL,
): Promise<LookedUp> {
  const { value = [], raw, drift, refusal } = await applications.list()
  const found = value.flatMap(({ aud, id, domain, self_hosted_domains }) =>
    [domain, ...(self_hosted_domains ?? [])].flatMap((covered) =>
      covered && covers(covered, url) ? [{ aud, id, length: covered.length }] : [],
    ),
  )
  const [best] = found.sort((a, b) => b.length - a.length)
  if (best === undefined && refusal !== undefined) throw refusal
  if (best === undefined) {
    return { aud: undefined, application: drift.some(differs) ? undefined : null, drift }
  }
  const items: readonly unknown[] = Array.isArray(raw) ? raw : []
  const application = items.find((item) => Object(item).id === best.id)
  return { aud: best.aud, application, drift }
}

function covers(domain: string, { host, pathname }: URL): boolean {
  const [name, ...path] = domain.replace(/\/$/, '').split('/')
  const below = ['', ...path].join('/')
  return name === host && (pathname === below || pathname.startsWith(`${below}/`))
}
