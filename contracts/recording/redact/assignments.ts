/**
 * Names with a value in arbitrary text: `NAME_TOKEN=value` in a shell or an env file, ini, YAML, header lines, flags,
 * attributes, code, and JSON that is cut off or embedded in other text.
 */
import { holdsSecret, type NameKind, type SecretName, secretName } from './names.ts'
import { isReplaced } from './references.ts'
import { type FoundSecret, findings, indented, startsLine } from './scan.ts'

export interface Assigned {
  readonly name: string
  readonly value: string
  readonly where: NameKind
  /** Undefined for a parameter whose name means nothing to us; its value may be a URL. */
  readonly meant: SecretName | undefined
}

/** Returns the replacement for a value. */
export type Assign = (found: Assigned) => string

const naming = /^(name|key|variable|header)$/i
const carrying = /^(value|val|content|text|default)$/i
/** How many assignments after a naming one may hold its value. */
const nearby = 3

/** A name given by an earlier assignment: `"name": "API_TOKEN", "value": …`. */
interface NamedAssignment {
  readonly name: string
  readonly meant: SecretName
  readonly left: number
}

export function withAssignments(text: string, assign: Assign): string {
  const written: string[] = []
  let end = 0
  let named: NamedAssignment | undefined
  const replace = (from: number, to: number, changed: string) => {
    written.push(text.slice(end, from), changed)
    end = to
  }
  const scan = findings(text)
  for (let found = scan.next(); found !== undefined; found = scan.next()) {
    const where = whereOf(text, found)
    const beside = carrying.test(found.name) ? named : undefined
    const own = secretName(found.name, where)
    const meant = own ?? beside?.meant
    const name = own === undefined ? (beside?.name ?? found.name) : found.name
    const left = (named?.left ?? 0) - 1
    named = named !== undefined && left > 0 ? { ...named, left } : undefined
    if (naming.test(found.name)) {
      const { value } = scan.valueOf(found)
      const isMeant = secretName(value)
      named = isMeant === undefined ? named : { name: value, meant: isMeant, left: nearby }
    }
    const isAddress = where === 'parameter' && meant === undefined
    if (meant === undefined && !isAddress) continue
    const { at, stop, value } = scan.valueOf(found)
    if (isMultiline(text, found, value)) {
      if (meant === undefined) continue
      for (const line of indented(text, found)) {
        replace(line.at, line.stop, assign({ name, where, meant, value: line.value }))
        scan.goTo(line.stop)
      }
      continue
    }
    if (value === '' || isReplaced(value)) continue
    if (meant !== undefined && !isSecret(text, found, { meant, where, value })) continue
    const changed = assign({ name, value, where, meant })
    scan.goTo(stop)
    if (changed === value) continue
    // A JSON number becomes a string.
    replace(at, stop, isNumberOfJson(found, value) ? `"${changed}"` : changed)
  }
  return end === 0 ? text : written.join('') + text.slice(end)
}

/** Whether the value is on the lines below, as in YAML. */
function isMultiline(text: string, found: FoundSecret, value: string): boolean {
  if (found.separator !== ':' || found.open !== '') return false
  return /^(?:[|>][+-]?\d?)?$/.test(value) && startsLine(text, found)
}

function whereOf(text: string, found: FoundSecret): NameKind {
  if (found.isParameter) return 'parameter'
  const mayBeHeader = found.separator === ':' && found.close === '' && found.open === ''
  if (!mayBeHeader || secretName(found.name) !== undefined) return 'field'
  if (secretName(found.name, 'header') === undefined || !/^[A-Z]|-/.test(found.name)) return 'field'
  return found.outer !== '' || startsLine(text, found) ? 'header' : 'field'
}

interface ReadAssignment {
  readonly meant: SecretName
  readonly where: NameKind
  readonly value: string
}

function isSecret(
  text: string,
  found: FoundSecret,
  { meant, where, value }: ReadAssignment,
): boolean {
  if (!holdsSecret(meant, value, where) || isMask.test(value) || isVariable.test(value))
    return false
  if (found.outer !== '') return true
  // `${TOKEN:?message}`
  if (value.startsWith('?') && text.startsWith('${', found.index - 2)) return false
  // In Markdown a backtick does not introduce a value.
  if (found.close.endsWith('`')) return false
  const isQuoted = !['', '`'].includes(found.open)
  if (!isQuoted && found.open === '' && isCode.test(value)) return false
  if (!isQuoted && found.close !== '' && /^-?\d/.test(value)) return isNumberOfJson(found, value)
  if (found.separator !== ':' || found.isTight || found.close !== '') return true
  if (where !== 'field' || startsLine(text, found)) return true
  // In prose, a colon after a word often introduces an explanation.
  if (!isQuoted && /^[a-z]{1,11}[.!?]?$/i.test(value)) return false
  const isCommonWord = /^[a-z]+$/i.test(found.name) && !/pass|secret/i.test(found.name)
  return !isCommonWord || isListed(text, found)
}

/** After a bracket or a comma, as in YAML and in code. */
function isListed(text: string, { index }: FoundSecret): boolean {
  return /[{(,][ \t]*$/.test(text.slice(Math.max(0, index - 8), index))
}

function isNumberOfJson({ close, open }: FoundSecret, value: string): boolean {
  return close === '"' && open === '' && /^[1-9]\d{3,15}$/.test(value)
}

const isMask = /^[*•.xX…#-]+$/
/** `$TOKEN`, `${TOKEN}`, `{{ token }}`, `%TOKEN%`, `<token>`: a name instead of the value; or a scheme alone. */
const isVariable =
  /^(?:Bearer|Basic|Token) ?$|^(?:[A-Za-z]+ )?(?:\$\{|\$\(|\$$|\$[A-Za-z_]\w*$|\{\{|<%|%[A-Z_]+%$|<[A-Za-z][\w -]*>$|\[redacted\]$)/
const isCode =
  /^(?:await )?(?:[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*[([]|(?:process|import|os|env|secrets|vars|this|self|req|request|options|args|config)\.)|^\/\//

/** Handles a secret: returns its replacement. */
export type Put = (type: string, value: string, place: string) => string

/** For text in which a script may have a variable's name instead of the value. */
export function unlessVariable(put: Put): Put {
  return (type, value, place) => (isVariable.test(value) ? value : put(type, value, place))
}
