/** Where elements stand in HTML, in one pass: outside comments, other tags' attributes and text that is no HTML. */

export interface StartTag {
  /** In lower case. */
  readonly name: string
  /** The whole tag, from `<` to `>`. */
  readonly text: string
  readonly at: number
}

/** Their content is text to a browser, or not part of the page. */
const opaque = new Set([
  'script',
  'style',
  'textarea',
  'title',
  'template',
  'noscript',
  'iframe',
  'noembed',
  'noframes',
  'xmp',
])

export function startTags(html: string): readonly StartTag[] {
  const lower = html.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  const found: StartTag[] = []
  const after = (text: string, from: number) => {
    const at = lower.indexOf(text, from)
    return at < 0 ? html.length : at + text.length
  }
  let at = 0
  for (;;) {
    at = html.indexOf('<', at)
    if (at < 0) return found
    if (html.startsWith('<!--', at)) {
      at = after('-->', at + 4)
      continue
    }
    const [, slash, name] = /^<(\/?)([a-z][^\s/>]*)/.exec(lower.slice(at, at + 80)) ?? []
    if (name === undefined) {
      at += 1
      continue
    }
    const end = endOfTag(html, at + 1 + name.length)
    if (slash === '') {
      found.push({ name, text: html.slice(at, end), at })
      at = opaque.has(name) ? Math.max(end, after(`</${name}`, end)) : end
    } else {
      at = end
    }
  }
}

/** After its `>`; a `>` within quotes does not end it. */
function endOfTag(html: string, from: number): number {
  let quote = ''
  for (let at = from; at < html.length; at += 1) {
    const character = html.charAt(at)
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '>') return at + 1
    else if (character === '"' || character === "'") quote = character
  }
  return html.length
}

/** An element without content: where it begins, and where its end tag ends. */
export interface EmptyElement {
  readonly from: number
  readonly to: number
}

/** The elements of this name; undefined in place of one that has content or no end tag. */
export function emptyElements(html: string, name: string): readonly (EmptyElement | undefined)[] {
  return startTags(html)
    .filter((tag) => tag.name === name)
    .map(({ at, text }) => {
      const close = /^\s*<\/([a-z-]+)\s*>/i.exec(
        html.slice(at + text.length, at + text.length + 200),
      )
      return close?.[1]?.toLowerCase() === name
        ? { from: at, to: at + text.length + close[0].length }
        : undefined
    })
}
