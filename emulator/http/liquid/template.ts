/** An account's own pages as Liquid templates: what is wrong with one, and the page it makes (api-custom-page-templates). */
import { emptyElements, startTags } from './elements.ts'
import { parseTemplate } from './engine.ts'

/** The element in whose place Access puts its own control (edge-custom-page-controls). */
const controls: Readonly<Record<string, string>> = {
  login: 'cf-access-authbox',
  interstitial: 'cf-access-cli-approval',
}

/** The only version of the contract between Access and a template that is known (edge-custom-page-version). */
export const knownVersion = 1

export interface Finding {
  readonly tier: string
  readonly message: string
  readonly ref?: string
}

export interface Findings {
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
}

export interface TemplateGiven {
  readonly type: string
  readonly template: string
  /** 0 for a page that is served as it is. */
  readonly version: number
}

export function checkTemplate({ type, template, version }: TemplateGiven, nowMs: number): Findings {
  const misfit = versionProblem(type, version)
  if (misfit !== undefined) return { errors: [misfit], warnings: [] }
  if (version === 0) return { errors: [], warnings: [] }
  const parsed = parseTemplate(template, nowMs)
  if ('message' in parsed) return { errors: [{ tier: 'liquid', ...parsed }], warnings: [] }
  const page = parsed.render()
  const errors =
    typeof page === 'string'
      ? controlProblems(type, parsed.html, page)
      : [{ tier: 'liquid', ...page }]
  const warnings = [...parsed.variables.map(unknownVariable), ...unsafeParts(template)]
  return { errors, warnings }
}

/** The page, with the control in its place; undefined if the template makes none now. */
export function renderTemplate(
  { type, template }: Omit<TemplateGiven, 'version'>,
  nowMs: number,
  control: string,
): string | undefined {
  const parsed = parseTemplate(template, nowMs)
  const page = 'message' in parsed ? undefined : parsed.render()
  if (typeof page !== 'string') return undefined
  const element = controls[type]
  if (element === undefined) return page
  const [place, ...others] = emptyElements(page, element)
  if (place === undefined || others.length > 0) return undefined
  return page.slice(0, place.from) + control + page.slice(place.to)
}

function versionProblem(type: string, version: number): Finding | undefined {
  if (version > knownVersion) {
    const message = `The emulator knows contract version ${knownVersion} only: no other is public.`
    return { tier: 'contract', message, ref: 'contract_version' }
  }
  if (version > 0 || controls[type] === undefined) return undefined
  const message = `A page of type ${type} needs contract_version ${knownVersion}: served as it is, it would have no control of Access.`
  return { tier: 'contract', message, ref: 'contract_version' }
}

function controlProblems(type: string, source: string, page: string): readonly Finding[] {
  const element = controls[type]
  if (element === undefined) return []
  const written = emptyElements(source, element)
  const rendered = emptyElements(page, element)
  const whole = `<${element}></${element}>`
  const found = (message: string) => [{ tier: 'html', message, ref: element }]
  if (written.length !== 1 || rendered.length !== 1) {
    return found(
      `A page of type ${type} needs exactly one ${whole}, outside Liquid's tags. There are ${written.length}, and ${rendered.length} on the page.`,
    )
  }
  return rendered[0] === undefined ? found(`Write it without content: ${whole}.`) : []
}

function unknownVariable(name: string): Finding {
  const message = `No variables are known to the emulator, because their names are not public: ${name} is empty here.`
  return { tier: 'liquid', message, ref: name }
}

/** What a sanitizer may remove (edge-custom-page-sanitized). */
function unsafeParts(template: string): readonly Finding[] {
  const risky = new Set(['script', 'iframe', 'object', 'embed', 'form', 'base'])
  const refs = startTags(template).flatMap(({ name, text }) => [
    ...(risky.has(name) ? [`<${name}>`] : []),
    ...(/[\s"'/]on[a-z]+\s*=/i.test(text) || /javascript:/i.test(text)
      ? [`<${name}> with a script`]
      : []),
  ])
  return [...new Set(refs)].map((ref) => ({
    tier: 'html',
    message: `Cloudflare sanitizes templates, and what it removes is not public. Here ${ref} is served, but no script of the template runs.`,
    ref,
  }))
}
