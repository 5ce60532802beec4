/** Keeps a browser in `.localhost`: where an answer leads to a name of ours, it leads to that name's `.localhost`. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { readAuthority } from './names.ts'
import type { LocalWay } from './way.ts'

type Given = OutgoingHttpHeaders | readonly (string | readonly string[])[]

/** Rewrites `Location` and `Set-Cookie` as the head of the answer is written, whoever writes it. */
export function stayLocal(
  response: ServerResponse,
  way: LocalWay,
  isServed: (host: string) => boolean,
): void {
  const edit = (name: string, value: string) => {
    const lower = name.toLowerCase()
    if (lower === 'location') return localLocation(value, way, isServed)
    if (lower === 'set-cookie') return localCookie(value, way, isServed)
    return value
  }
  const writeHead = response.writeHead.bind(response)
  // One property of this one answer: Express, the edge and the proxy all come through here, each in its own form.
  Object.defineProperty(response, 'writeHead', {
    value(status: number, ...rest: readonly (string | Given | undefined)[]) {
      for (const [name, value] of Object.entries(response.getHeaders())) {
        if (name === 'location' || name === 'set-cookie')
          response.setHeader(name, edited(name, value, edit))
      }
      const reason = rest.find((each) => typeof each === 'string')
      const given = rest.find((each) => typeof each === 'object')
      const headers = typeof given === 'object' ? editedHeaders(given, edit) : undefined
      return reason === undefined ? writeHead(status, headers) : writeHead(status, reason, headers)
    },
  })
}

type Edit = (name: string, value: string) => string

function edited(name: string, value: OutgoingHttpHeaders[string], edit: Edit): string | string[] {
  if (Array.isArray(value)) return value.map((each) => edit(name, each))
  return edit(name, String(value))
}

function editedHeaders(given: Given, edit: Edit): OutgoingHttpHeaders | string[] {
  if (isList(given)) {
    const flat = given.flat()
    return flat.map((value, at) => (at % 2 === 0 ? value : edit(flat[at - 1] ?? '', value)))
  }
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      value === undefined ? value : edited(name, value, edit),
    ]),
  )
}

function isList(given: Given): given is readonly (string | readonly string[])[] {
  return Array.isArray(given)
}

function localLocation(
  value: string,
  { scheme, port }: LocalWay,
  isServed: (host: string) => boolean,
): string {
  const [, text = '', rest = ''] = /^(?:https?:)?\/\/([^/?#]*)(.*)$/is.exec(value) ?? []
  const authority = readAuthority(text)
  if (authority === undefined || !isServed(authority.name)) return value
  return `${scheme}://${authority.name}.localhost${port}${rest}`
}

/**
 * `Domain` follows the name. On plain HTTP `Secure` goes, and what only works with it: not every browser takes
 * `http://*.localhost` for secure. Prefixed names keep it, for without it no browser takes them.
 */
function localCookie(
  value: string,
  { scheme }: LocalWay,
  isServed: (host: string) => boolean,
): string {
  const [pair = '', ...attributes] = value.split(';')
  const keepsSecure = scheme === 'https' || /^\s*__(Secure|Host)-/i.test(pair)
  const kept = attributes.flatMap((attribute) => {
    const [, name = '', text = ''] = /^\s*([^=]*?)\s*(?:=\s*(.*?)\s*)?$/s.exec(attribute) ?? []
    const lower = name.toLowerCase()
    if (lower === 'domain') return [localDomain(attribute, text, isServed)]
    if (keepsSecure) return [attribute]
    if (lower === 'secure' || lower === 'partitioned') return []
    return lower === 'samesite' && text.toLowerCase() === 'none' ? [' SameSite=Lax'] : [attribute]
  })
  return [pair, ...kept].join(';')
}

function localDomain(attribute: string, text: string, isServed: (host: string) => boolean): string {
  const name = text.replace(/^\./, '').toLowerCase()
  // A name above all of ours, such as the zone's, is one of ours too: any host below it is served.
  return isServed(name) || isServed(`any.${name}`) ? ` Domain=${name}.localhost` : attribute
}
