/** Reduces Cloudflare's OpenAPI document to the fixture: the operations that concern Access, without prose. */
import { isObject } from '../../contracts/declaration/json.ts'

type Node = Readonly<Record<string, unknown>>

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** Only their GET is taken. */
const readPaths = [
  '/accounts',
  '/accounts/{account_id}',
  '/accounts/{account_id}/tokens/verify',
  '/memberships',
  '/user',
  '/user/tokens/verify',
  '/zones',
  '/zones/{zone_id}',
]

const wholePaths =
  /^\/(accounts\/\{account_id\}\/(access|infrastructure\/targets)|zones\/\{zone_id\}\/access)(\/|$)/

/** Members of a schema that say something to a machine; `title`, `description`, `example` and their like are not among them. */
const plainMembers = [
  '$ref',
  'type',
  'format',
  'pattern',
  'enum',
  'required',
  'nullable',
  'readOnly',
  'writeOnly',
  'deprecated',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
]

/**
 * The document as the fixture has it. What the selected operations do not reach is left out.
 * @param document an OpenAPI 3.0 document: the whole of it, or any part that has the selected operations
 */
export function stripDocument(document: unknown) {
  const { paths, components } = members(document)
  const stripped = mapped(members(paths), (item, path) => pathItem(members(item), path))
  const kept = sorted(stripped.filter(([, item]) => Object.keys(item).length > 0))
  return { paths: Object.fromEntries(kept), components: reached(kept, members(components)) }
}

function pathItem(item: Node, path: string): Node {
  const taken = wholePaths.test(path) ? methods : readPaths.includes(path) ? ['get'] : []
  return Object.fromEntries(
    taken.flatMap((method) => (method in item ? [[method, operation(members(item[method]))]] : [])),
  )
}

function operation(given: Node): Node {
  return {
    ...picked(given, ['operationId', 'deprecated', 'security', 'x-api-token-group']),
    ...withEach(given, 'parameters', parameter),
    ...(isObject(given.requestBody) ? { requestBody: body(given.requestBody) } : {}),
    // Two operations write `4xx`, which OpenAPI does not know.
    responses: Object.fromEntries(
      mapped(members(given.responses), body).map(([status, one]) => [status.toUpperCase(), one]),
    ),
  }
}

function parameter(given: Node): Node {
  const rest = isObject(given.schema) ? { schema: schema(given.schema) } : {}
  return { ...picked(given, ['$ref', 'name', 'in', 'required', 'style', 'explode']), ...rest }
}

/** A request body or a response. */
function body(given: unknown): Node {
  const content = mapped(members(members(given).content), (media) => ({
    schema: schema(members(members(media).schema)),
  }))
  return {
    ...picked(members(given), ['$ref', 'required']),
    ...(content.length > 0 ? { content: Object.fromEntries(content) } : {}),
  }
}

function schema(given: Node): Node {
  const { properties, items, additionalProperties: more } = given
  return {
    ...picked(given, plainMembers),
    ...(isObject(properties)
      ? { properties: Object.fromEntries(mapped(properties, (one) => schema(members(one)))) }
      : {}),
    ...(isObject(items) ? { items: schema(items) } : {}),
    ...(isObject(more) ? { additionalProperties: schema(more) } : {}),
    ...(typeof more === 'boolean' ? { additionalProperties: more } : {}),
    ...withEach(given, 'allOf', schema),
    ...withEach(given, 'anyOf', schema),
    ...withEach(given, 'oneOf', schema),
    ...(isObject(given.not) ? { not: schema(given.not) } : {}),
  }
}

const makers = { schemas: schema, parameters: parameter }

/** The components behind the references of what is kept, and behind their own. */
function reached(kept: unknown, components: Node) {
  const found = { schemas: new Map<string, Node>(), parameters: new Map<string, Node>() }
  let texts = [JSON.stringify(kept)]
  while (texts.length > 0) {
    const text = texts.join('\n')
    texts = []
    for (const [, kind, name] of text.matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)) {
      if (name === undefined || (kind !== 'schemas' && kind !== 'parameters')) continue
      if (found[kind].has(name)) continue
      const one = makers[kind](members(members(components[kind])[name]))
      found[kind].set(name, one)
      texts.push(JSON.stringify(one))
    }
  }
  return {
    parameters: Object.fromEntries(sorted([...found.parameters])),
    schemas: Object.fromEntries(sorted([...found.schemas])),
  }
}

function members(value: unknown): Node {
  return isObject(value) ? value : {}
}

function picked(from: Node, names: readonly string[]): Node {
  return Object.fromEntries(names.flatMap((name) => (name in from ? [[name, from[name]]] : [])))
}

function mapped<T>(of: Node, make: (value: unknown, name: string) => T): [string, T][] {
  return Object.entries(of).map(([name, value]) => [name, make(value, name)])
}

function withEach(of: Node, name: string, make: (value: Node) => Node): Node {
  const list = of[name]
  return Array.isArray(list) ? { [name]: list.map((one) => make(members(one))) } : {}
}

function sorted<T>(entries: [string, T][]): [string, T][] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
}
