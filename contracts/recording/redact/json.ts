/** JSON by names: the member's own, that of the enclosing object, or one given as the value of a sibling. */
import { type NameKind, type SecretName, secretName } from './names.ts'

export interface JsonLeaf {
  /** The name under which the value is stored. */
  readonly name: string
  readonly where: NameKind
  /** Undefined if the name does not mean a secret. */
  readonly meant: SecretName | undefined
}

export interface Changes {
  text(given: string, leaf: JsonLeaf): string
  /** The name of a member. */
  name(given: string): string
}

/** What the surroundings say about a value. */
interface JsonContext {
  readonly name: string
  readonly where: NameKind
  /** The meaning of the enclosing object's name, which also applies to its members. */
  readonly holder?: SecretName | undefined
  /** Takes precedence over the name. */
  readonly fixed?: NamedLeaf | undefined
  readonly isList?: true
}

interface NamedLeaf {
  readonly name: string
  readonly meant: SecretName
}

const secret: SecretName = { type: 'secret', isWordy: false, isPlural: false }

/** Members that hold the value for which their object is named: `{"password": {"value": …}}`. */
export const carrier =
  /^(value|val|text|#text|_|_text|\$t?|data|raw|content|contents|plain|plaintext|current|previous|next|new|old|default|string|hash|body)$/i

/** The naming member of a `name` and `value` pair, as in a HAR, in environments and in header lists. */
const named = /^(name|key|variable|header)$/i

export function withLeaves(given: unknown, changes: Changes): unknown {
  return walk(given, { name: '', where: 'field' }, changes)
}

function walk(given: unknown, around: JsonContext, changes: Changes): unknown {
  if (typeof given === 'string') return changes.text(given, leafOf(around))
  if (typeof given === 'number') return numberOf(given, leafOf(around), changes)
  if (Array.isArray(given)) return listOf(given, around, changes)
  if (typeof given !== 'object' || given === null) return given
  const members: [string, unknown][] = Object.entries(given)
  const beside = besideOf(members, around)
  const holder = around.fixed?.meant ?? secretName(around.name, around.where)
  return Object.fromEntries(
    members.map(([name, item]) => {
      const meant = isKeyMaterial(given, name) ? secret : mapped(around, name, holder)
      const own = meant === undefined ? undefined : { name, meant }
      const fixed = (carrier.test(name) ? beside : undefined) ?? own
      const within: JsonContext = { name, where: whereOf(around.name), holder, fixed }
      return [changes.name(name), walk(item, within, changes)]
    }),
  )
}

function leafOf({ name, where, holder, fixed }: JsonContext): JsonLeaf {
  if (fixed !== undefined) return { ...fixed, where }
  const own = secretName(name, where)
  return { name, where, meant: own ?? (carrier.test(name) ? holder : undefined) }
}

/** A PIN or one-time code written as a JSON number. */
function numberOf(given: number, leaf: JsonLeaf, changes: Changes): unknown {
  const { meant } = leaf
  if (meant === undefined || meant.isPlural || !Number.isInteger(given) || given < 1000)
    return given
  return changes.text(`${given}`, leaf)
}

function listOf(given: readonly unknown[], around: JsonContext, changes: Changes): unknown {
  const items: JsonContext = { ...around, isList: true }
  if (given.length === 0 || !given.every(isPair)) {
    return given.map((item) => walk(item, items, changes))
  }
  // [["Authorization", "Bearer …"], …], as in header lists. A value that is itself a name does not count;
  // a header has no such value.
  const where = whereOf(around.name)
  return given.map(([name, value]) => {
    const meant = secretName(name) ?? secretName(name, where)
    const isName = where !== 'header' && /^[a-z]+([_-][a-z]+)*$/.test(value)
    const isValue = meant !== undefined && !isName
    const within = isValue ? { name, where, fixed: { name, meant } } : items
    return [changes.name(name), walk(value, within, changes)]
  })
}

function isPair(given: unknown): given is [string, string] {
  if (!Array.isArray(given) || given.length !== 2) return false
  return given.every((each) => typeof each === 'string')
}

/** How the names inside a member of this name are to be read. */
function whereOf(name: string): NameKind {
  if (/headers?$/i.test(name)) return 'header'
  return /^(query(string)?|params|form|parameters|searchparams)$/i.test(name)
    ? 'parameter'
    : 'field'
}

function besideOf(
  members: readonly [string, unknown][],
  around: JsonContext,
): NamedLeaf | undefined {
  const [, name] =
    members.find(([key, value]) => named.test(key) && typeof value === 'string') ?? []
  if (typeof name !== 'string') return undefined
  const isCookie = /^cookies$/i.test(around.name)
  const meant = isCookie ? { ...secret, type: 'cookie' } : secretName(name, whereOf(around.name))
  return meant === undefined ? undefined : { name, meant }
}

/** `{"secrets": {"DATABASE": …}}`: arbitrary names, each with a secret. */
function mapped(
  { isList }: JsonContext,
  name: string,
  holder: SecretName | undefined,
): SecretName | undefined {
  if (holder?.isPlural !== true || isList === true) return undefined
  const isAbout = /^(user(name)?|email|login|name|id|type|mode|scopes?|kind|status)$/i
  return isAbout.test(name) ? undefined : holder
}

/** Whether this member is key material: of a Worker's secret binding or a private JWK (RFC 7518). */
function isKeyMaterial(object: object, name: string): boolean {
  if ('kty' in object) return /^(d|p|q|dp|dq|qi|k)$/.test(name)
  if (!('type' in object)) return false
  const isSecret = object.type === 'secret_text' || object.type === 'secret_key'
  return isSecret && /^(text|key_base64|key_jwk)$/.test(name)
}
