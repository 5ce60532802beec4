/** Simulates a user's browser: keeps cookies by host, follows redirects on demand, and submits forms. */
import type { Emulator } from '../../../emulator/index.ts'

export interface Page {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Where it redirects. */
  readonly location: URL | undefined
}

interface Cookie {
  readonly value: string
  readonly path: string
  /** As written after the value. */
  readonly attributes: string
}

export interface Browser {
  /** One request; no redirect is followed. */
  get(url: string | URL, headers?: Readonly<Record<string, string>>): Promise<Page>
  post(
    url: string | URL,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Page>
  /** Follows redirects to the end; returns every page on the way. */
  follow(page: Page): Promise<readonly Page[]>
  /** Sends the first form of a page with its hidden fields, and these. */
  submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Page>
  cookie(host: string, name: string): Cookie | undefined
  forget(host: string, name: string): void
}

/** Ignores expiry: the emulator's clock is not the wall clock. */
export function browser({ fetch }: Pick<Emulator, 'fetch'>): Browser {
  const jar = new Map<string, Map<string, Cookie>>()

  const send = async (url: string | URL, init: RequestInit): Promise<Page> => {
    const address = new URL(url)
    const held = [...(jar.get(address.hostname) ?? [])].filter(([, { path }]) =>
      address.pathname.startsWith(path),
    )
    const cookie = held.map(([name, { value }]) => `${name}=${value}`).join('; ')
    const headers = new Headers(init.headers)
    if (cookie !== '') headers.set('cookie', cookie)
    const answer = await fetch(address, { ...init, headers, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) keep(address.hostname, line)
    const to = answer.headers.get('location')
    return {
      url: address,
      status: answer.status,
      headers: answer.headers,
      text: await answer.text(),
      location: to === null ? undefined : new URL(to, address),
    }
  }

  const keep = (host: string, line: string) => {
    const [pair = '', ...rest] = line.split('; ')
    const at = pair.indexOf('=')
    const name = pair.slice(0, at)
    const kept = jar.get(host) ?? new Map<string, Cookie>()
    jar.set(host, kept)
    const path = rest.find((part) => part.startsWith('Path='))?.slice(5) ?? '/'
    if (line.includes('Expires=Thu, 01 Jan 1970')) kept.delete(name)
    else kept.set(name, { value: pair.slice(at + 1), path, attributes: rest.join('; ') })
  }

  const get: Browser['get'] = (url, headers = {}) => send(url, { headers })
  const post: Browser['post'] = (url, fields, headers = {}) =>
    send(url, { method: 'POST', headers, body: new URLSearchParams(fields) })

  return {
    get,
    post,
    async follow(page) {
      const way = [page]
      for (let at = page; at.location !== undefined && way.length < 12; ) {
        at = await get(at.location)
        way.push(at)
      }
      return way
    },
    submit(page, fields) {
      const action = unescaped(/<form method="post" action="([^"]*)">/.exec(page.text)?.[1] ?? '')
      const found = page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)
      const hidden = [...found].map(([, name = '', value = '']) => [name, unescaped(value)])
      if (action === '') throw new Error(`there is no form: ${page.status} ${page.text}`)
      return post(new URL(action, page.url), { ...Object.fromEntries(hidden), ...fields })
    },
    cookie: (host, name) => jar.get(host)?.get(name),
    forget: (host, name) => {
      jar.get(host)?.delete(name)
    },
  }
}

const characters: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
}

/** HTML as text. */
export function unescaped(text: string): string {
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (entity) => characters[entity] ?? entity)
}

/** The code in the emulator's box. */
export function pinOn({ text }: Page): string {
  const pin = /<output>(\d{6})<\/output>/.exec(text)?.[1]
  if (pin === undefined) throw new Error(`there is no PIN on the page: ${text}`)
  return pin
}
