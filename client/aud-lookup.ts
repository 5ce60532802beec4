/** The AUD tag of the application that a URL belongs to, asked of the API. */
import type { ApiClient } from './api.ts'

/** The longest domain that covers the URL wins; wildcards are not read. Undefined where none does. */
export async function lookUpAud(api: ApiClient, url: URL): Promise<string | undefined> {
  const found: { readonly aud: string; readonly length: number }[] = []
  for await (const { aud, domain, self_hosted_domains } of api.applications.list()) {
    for (const covered of [domain, ...(self_hosted_domains ?? [])]) {
      if (covered && covers(covered, url)) found.push({ aud, length: covered.length })
    }
  }
  return found.sort((a, b) => b.length - a.length)[0]?.aud
}

function covers(domain: string, { host, pathname }: URL): boolean {
  const [name, ...path] = domain.replace(/\/$/, '').split('/')
  const below = ['', ...path].join('/')
  return name === host && (pathname === below || pathname.startsWith(`${below}/`))
}
