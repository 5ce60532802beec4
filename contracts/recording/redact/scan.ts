/** Finds names with values in a text, and where each value starts and ends. Reads each character a few times at most. */

export interface FoundSecret {
  readonly index: number
  readonly name: string
  /** The quote that ends the name: `"token":`. */
  readonly close: string
  /** `=` or `:` in any spelling; a space after a flag. */
  readonly separator: '=' | ':' | ' '
  /** Whether the value follows the separator immediately. */
  readonly isTight: boolean
  /** The quote that begins the value. */
  readonly open: string
  /** The quote around both name and value: `-H 'Name: value'`. */
  readonly outer: string
  /** Whether it is a parameter of a URL or a form. */
  readonly isParameter: boolean
  /** Where the value starts. */
  readonly at: number
}

export interface Value {
  readonly at: number
  readonly stop: number
  readonly value: string
}

const quote = `\\\\{0,8}["'\`]|&quot;|&#3[49];|%2[27]|\\\\u002[27]`
const name = '[A-Za-z_][\\w.-]{0,127}'
/** A name does not start within a word; escape letters and percent-encoded digits before it are not part of it. */
const start = '(?:(?<![\\w.-])|(?<=%[0-9A-Fa-f]{2}))(?:\\\\{1,8}[nrt])?'
const head = new RegExp(
  `${start}(?:--?(?<flag>${name})(?<space>[ \\t]{1,8})(?=[^\\s-])|(?:--?)?(?<name>${name})` +
    `(?<close>(?:${quote}|\\\\{0,8}\\]|%5[Dd]){0,2})` +
    `[ \\t]{0,8}(?<separator>=>|:[=-]|==|[:=]|%3[ADad])(?<gap>[ \\t]{0,8}))(?<open>${quote})?`,
  'g',
)

export interface Scan {
  next(): FoundSecret | undefined
  valueOf(found: FoundSecret): Value
  goTo(index: number): void
}

export function findings(text: string): Scan {
  const pattern = new RegExp(head)
  let lineEnd = -1

  /** Positions must not decrease, so that each line is measured once. */
  function endOfLine(at: number): number {
    if (lineEnd < at) lineEnd = text.indexOf('\n', at)
    if (lineEnd === -1) lineEnd = text.length
    return text[lineEnd - 1] === '\r' && lineEnd > at ? lineEnd - 1 : lineEnd
  }

  return {
    next() {
      const found = pattern.exec(text)
      return found === null ? undefined : foundIn(text, found)
    },
    valueOf(found) {
      const { at } = found
      const stop = Math.max(at, stopOf(text, found, endOfLine(at)))
      return { at, stop, value: text.slice(at, stop) }
    },
    goTo(index) {
      pattern.lastIndex = Math.max(pattern.lastIndex, index)
    },
  }
}

function foundIn(text: string, found: RegExpExecArray): FoundSecret {
  const { flag, space, close = '', separator = ' ', gap = '' } = found.groups ?? {}
  const { index } = found
  const before = text.slice(Math.max(0, index - 3), index)
  const isParameter = /[?&#]$|%(?:3f|26|23)$/i.test(before) && /^(?:=|%3d)$/i.test(separator)
  const [around = ''] = /["'`]$/.exec(before) ?? []
  const mayBeWithin = close === '' && flag === undefined && !isParameter
  const outer = mayBeWithin ? around : ''
  // What looks like the opening quote of the value closes the quote around both: `'Name: '`.
  const quoted = found.groups?.open ?? ''
  const open = quoted === outer ? '' : quoted
  return {
    index,
    name: flag ?? found.groups?.name ?? '',
    close,
    separator: flag !== undefined ? ' ' : /^(?::-?|%3a)$/i.test(separator) ? ':' : '=',
    isTight: gap === '' && space === undefined,
    open,
    outer: open === '' ? outer : '',
    isParameter,
    at: index + found[0].length - quoted.length + open.length,
  }
}

/** References contain characters that would otherwise end a value. */
const parameter = /(?:\[[a-z_]+#\d+\]|[^&\s"'<>`\\#])*/y
const word = /(?:(?:Bearer|Basic|Token|ApiKey|Negotiate)[ \t]+)?[^\s"'`&,;<>{}()[\]\\]*/y
const untilEncoded =
  /[^&\s"'<>`\\%#[]*(?:(?:\[[a-z_]+#\d+\]|\[|%(?!26|22|27|2C|7D))[^&\s"'<>`\\%#[]*)*/iy

function stopOf(text: string, found: FoundSecret, lineEnd: number): number {
  const { at, open, outer, isParameter, separator } = found
  if (open !== '') return closing(text, at, open, lineEnd)
  if (outer !== '') {
    const stop = closing(text, at, outer, lineEnd)
    const parts = separator === ':' ? -1 : text.slice(at, stop).indexOf('&')
    return parts === -1 ? stop : at + parts
  }
  if (isParameter)
    return end(
      /%/.test(text.slice(found.index - 3, found.index)) ? untilEncoded : parameter,
      text,
      at,
    )
  if (separator !== ' ' && startsLine(text, found))
    return at + restOfLine(text.slice(at, lineEnd)).length
  return separator === ' ' ? end(/\S*/y, text, at) : end(word, text, at)
}

function end(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/** An unquoted value: ends before a comment or the next assignment. */
export function restOfLine(rest: string): string {
  const [next = ''] = /[ \t&][A-Za-z_][\w.-]{0,100}=/.exec(rest) ?? []
  const [value = ''] = rest.split(next === '' ? /[ \t](?:#|\/\/)/ : /[ \t&]/, 1)
  let { length } = value
  while (/[\s,;]/.test(value[length - 1] ?? '')) length -= 1
  return value.slice(0, length)
}

/** How shells, Docker, YAML, JavaScript, curl and diffs introduce a name. */
const introduction =
  /(?:^|\n)[ \t]{0,40}(?:(?:export|set|setx|declare|local|readonly|ENV|ARG|let|var|const|[-<>*+])[ \t]{1,8}){0,3}$/

export function startsLine(text: string, { index, close }: FoundSecret): boolean {
  return close === '' && introduction.test(text.slice(Math.max(0, index - 80), index))
}

/** Finds the closing quote, with as many backslashes as the opening one; fewer also end the enclosing quote. */
function closing(text: string, from: number, open: string, lineEnd: number): number {
  const mark = open.at(-1) ?? ''
  if (!/["'`]/.test(mark)) {
    const at = text.indexOf(open, from)
    return at === -1 || at > lineEnd ? lineEnd : at
  }
  for (
    let at = text.indexOf(mark, from);
    at !== -1 && at <= lineEnd;
    at = text.indexOf(mark, at + 1)
  ) {
    let slashes = 0
    while (at - slashes > from && text[at - slashes - 1] === '\\') slashes += 1
    const ends = open.length === 1 ? slashes % 2 === 0 : slashes < open.length
    if (ends) return open.length === 1 ? at : at - slashes
  }
  return lineEnd
}

/** The lines below a YAML name without a value on its own line: a block or a list. */
export function indented(text: string, found: FoundSecret): readonly Value[] {
  const lineStart = text.lastIndexOf('\n', found.index) + 1
  const [margin = ''] = /^[ \t]*/.exec(text.slice(lineStart, found.index)) ?? []
  const [marker] = /^[|>][+-]?\d?[ \t]*(?=\r?\n)/.exec(text.slice(found.at, found.at + 20)) ?? []
  const line = /\r?\n([ \t]*)(- +)?([^\r\n]*)/y
  line.lastIndex = found.at + (marker?.length ?? 0)
  const lines: Value[] = []
  for (let each = line.exec(text); each !== null; each = line.exec(text)) {
    const [whole, indent = '', dash, value = ''] = each
    const isBelow = indent.length > margin.length || (dash !== undefined && indent === margin)
    if (!isBelow || value === '') break
    if (marker === undefined && (dash === undefined || /:(\s|$)/.test(value))) break
    const at = each.index + whole.length - value.length
    lines.push({ at, stop: at + value.length, value })
  }
  return lines
}
