/** XML and HTML: the content of elements and attributes whose name means a secret. */
import type { RedactChange } from './bodies.ts'
import { carrier } from './json.ts'
import { secretName } from './names.ts'

const tag =
  '<(?<slash>/?)(?:[\\w.-]{1,60}:)?(?<element>[A-Za-z][\\w.-]{0,100})(?![\\w.-])(?<attributes>[^<>"\']*(?:"[^"<]*"[^<>"\']*|\'[^\'<]*\'[^<>"\']*)*)>'
// Neither reads past the next one of its kind, so that no text is scanned repeatedly.
const comment = '<!--(?:(?!<!--|-->)[^])*-->'
const cdata = '<!\\[CDATA\\[(?<cdata>(?:(?!<!\\[CDATA\\[|\\]\\]>)[^])*)\\]\\]>'

/** HTML elements that may have a name, but whose text is not a value. */
const captions =
  /^(a|area|base|br|button|embed|fieldset|form|hr|iframe|img|input|label|link|map|meta|object|param|slot|source|track)$/i

interface OpenElement {
  /** The name that applies to its text. */
  readonly name: string
  readonly element: string
}

export function withMarkup(given: string, change: RedactChange): string {
  if (!/<\/|\/>|<(?:input|meta)\b/i.test(given)) return given
  const written: string[] = []
  let end = 0
  /** The open element whose name means a secret, and the one opened last. */
  let open: OpenElement | undefined
  let innermost = ''
  /** The name given by `<key>…</key>`, for the text that comes next. */
  let named: string | undefined

  function replaced(text: string): string {
    const content = text.trim()
    if (content === '') return text
    const { name } = open ?? {}
    const isOwn = innermost === open?.element || carrier.test(innermost) || innermost === 'string'
    const isPlural = name !== undefined && secretName(name)?.isPlural === true
    const meant = named ?? (isOwn || isPlural ? name : undefined)
    const isNaming = /^(key|name)$/i.test(innermost) && open === undefined
    named = isNaming && secretName(content) !== undefined ? content : undefined
    return meant === undefined ? text : text.replace(content, () => change(meant, content))
  }

  for (const found of given.matchAll(new RegExp(`${comment}|${cdata}|${tag}`, 'g'))) {
    const { slash, element, attributes = '', cdata: held } = found.groups ?? {}
    written.push(replaced(given.slice(end, found.index)))
    end = found.index + found[0].length
    if (held !== undefined) {
      written.push(found[0].replace(held, () => replaced(held)))
    } else if (element === undefined) {
      written.push(found[0])
    } else if (slash === '/') {
      written.push(found[0])
      if (element === open?.element) open = undefined
      innermost = ''
    } else {
      const name = nameOf(element, attributes)
      written.push(name === undefined ? found[0] : withValue(found[0], name, change))
      if (attributes.endsWith('/')) continue
      innermost = element
      if (name !== undefined && secretName(name) !== undefined && !captions.test(element)) {
        open ??= { name, element }
      }
    }
  }
  return written.join('') + replaced(given.slice(end))
}

/** The name of an element: from an attribute, else its tag name unless that is one of HTML's. */
function nameOf(element: string, attributes: string): string | undefined {
  const [, named] = /\s(?:name|key|property)\s*=\s*["']?([^"'\s>]+)/i.exec(attributes) ?? []
  return named ?? (captions.test(element) ? undefined : element)
}

/** `<input name="SAMLResponse" value="…">`, `<meta name="csrf-token" content="…">`, `<apiKey value="…"/>`. */
function withValue(whole: string, name: string, change: RedactChange): string {
  return whole.replace(
    /(\s(?:value|content)\s*=\s*)(?:"([^"]*)"|'([^']*)')/i,
    (given, before: string, double?: string, single?: string) => {
      const content = double ?? single ?? ''
      const changed = change(name, content)
      return changed === content ? given : `${before}"${changed}"`
    },
  )
}
