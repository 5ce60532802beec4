/** Liquid for pages: its standard tags and filters, without files, randomness or the machine's clock, and bounded. */
import { Liquid, LiquidError, type Template, TokenKind } from 'liquidjs'

/** What LiquidJS adds to Liquid, or reads from files, is not known to Cloudflare's templates (edge-custom-page-liquid). */
const standardTags = new Set(
  '# assign break capture case comment continue cycle decrement echo for if increment liquid raw tablerow unless'.split(
    ' ',
  ),
)
const standardFilters = new Set(
  'abs append at_least at_most base64_decode base64_encode capitalize ceil compact concat date default divided_by downcase escape escape_once find first floor has join last lstrip map minus modulo newline_to_br plus prepend reject remove remove_first remove_last replace replace_first replace_last reverse round rstrip size slice sort sort_natural split strip strip_html strip_newlines sum times truncate truncatewords uniq upcase url_decode url_encode where'.split(
    ' ',
  ),
)

/** Far above any page, and low enough that a template cannot stop the emulator. */
const limits = { parseLimit: 1_000_000, memoryLimit: 1_000_000, renderLimit: 1_000 } as const
const longestPage = 1_000_000

export interface LiquidProblem {
  readonly message: string
  /** Line and column, where Liquid says them. */
  readonly ref?: string
}

export interface ParsedTemplate {
  /** The template's own HTML outside all tags. */
  readonly html: string
  /** Variables that it uses and does not set. */
  readonly variables: readonly string[]
  render(): string | LiquidProblem
}

/** @param nowMs what `now` and `today` mean to the `date` filter */
export function parseTemplate(template: string, nowMs: number): ParsedTemplate | LiquidProblem {
  const engine = engineAt(nowMs)
  return attempt(() => {
    const parts = engine.parse(template)
    return {
      html: parts.map(textOf).join(''),
      variables: engine.globalVariablesSync(parts),
      render: () => attempt(() => bounded(engine.renderSync(parts, {}))),
    }
  })
}

function engineAt(nowMs: number): Liquid {
  const engine = new Liquid({
    ...limits,
    strictFilters: true,
    ownPropertyOnly: true,
    templates: {},
    timezoneOffset: 0,
    locale: 'en-US',
  })
  for (const [known, all] of [
    [standardTags, engine.tags],
    [standardFilters, engine.filters],
  ] as const) {
    for (const name of Object.keys(all)) if (!known.has(name)) delete all[name]
  }
  const { date } = engine.filters
  if (typeof date !== 'function') throw new Error('Liquid has no filter `date`')
  engine.registerFilter('date', function (value: unknown, ...given: unknown[]) {
    const isNow = value === 'now' || value === 'today'
    return date.call(this, isNow ? Math.floor(nowMs / 1000) : value, ...given)
  })
  return engine
}

function textOf({ token }: Template): string {
  return token.kind === TokenKind.HTML ? token.getText() : ''
}

function bounded(page: unknown): string {
  const text = String(page)
  if (text.length > longestPage)
    throw new Error(`the page is longer than ${longestPage} characters`)
  return text
}

function attempt<T>(act: () => T): T | LiquidProblem {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const [message = ''] = (causeOf(error) ?? error).message.split('\n')
    return LiquidError.is(error) ? { message, ref: placeOf(error) } : { message }
  }
}

/** The error without its place, which LiquidJS writes behind the message. */
function causeOf(error: Error): Error | undefined {
  return LiquidError.is(error) ? error.originalError : undefined
}

function placeOf({ token }: LiquidError): string {
  const [line, column] = token.getPosition()
  return `line ${line}, column ${column}`
}
