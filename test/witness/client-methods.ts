/** Maps each call to a method of the official client, by asking every method for its path instead of keeping a list. */
import Cloudflare from 'cloudflare'
import { V4PagePaginationArray } from 'cloudflare/pagination'
import { z } from 'zod'
import { once } from '../../contracts/declaration/endpoint.ts'

export interface ClientMethod {
  /** Property names from the client to the method: `zeroTrust`, `access`, `tags`, `create`. */
  readonly at: readonly string[]
  /** The path, with what stands for its parameters. */
  readonly path: string
  /** How many positional arguments come before the object of parameters. */
  readonly positional: number
}

/** A path parameter while probing methods: positional ones by position, others by name. */
const parameter = /~(\w+)~/g
const unnamed = (path: string) => path.replaceAll(/\{\w+\}|~\w+~/g, '{}')

/** `GET /accounts/{account_id}/access/tags`, whatever its parameters are called. */
export function methodFor(call: string): ClientMethod | undefined {
  return methods().get(unnamed(call))
}

/** @throws Error if the client has no such method */
export function methodAt(at: readonly string[]): ClientMethod {
  const found = everyMethod().find(([, method]) => method.at.join('.') === at.join('.'))
  if (found === undefined) throw new Error(`the official client has no ${at.join('.')}`)
  return found[1]
}

/** The first method of each call. */
const methods = once((): ReadonlyMap<string, ClientMethod> => new Map([...everyMethod()].reverse()))

const everyMethod = once((): readonly (readonly [string, ClientMethod])[] => {
  const client = new Cloudflare({ apiToken: 'none', baseURL: 'http://127.0.0.1:9' })
  const noted = intercepted(client)
  const found: (readonly [string, ClientMethod])[] = []
  const seen = new Set<object>()
  const walk = (value: object, at: readonly string[]) => {
    seen.add(value)
    for (const name of namesOf(value)) {
      const member: unknown = Reflect.get(value, name)
      if (typeof member === 'function') {
        const send = (given: readonly unknown[]) => noted(() => Reflect.apply(member, value, given))
        for (const { call, path, positional } of callsOf(send)) {
          found.push([call, { at: [...at, name], path, positional }])
        }
      } else if (isResource(member, client) && !seen.has(member)) walk(member, [...at, name])
    }
  }
  for (const name of ['zeroTrust', 'dns', 'workers', 'accounts', 'zones', 'user', 'memberships']) {
    const resource: unknown = Reflect.get(client, name)
    if (isResource(resource, client)) walk(resource, [name])
  }
  return found
})

function isResource(value: unknown, client: Cloudflare): value is object {
  return typeof value === 'object' && value !== null && Reflect.get(value, '_client') === client
}

/** Own members, and the methods of its class. */
function namesOf(value: object): readonly string[] {
  const names = new Set(Object.keys(value))
  for (
    let of: object | null = Object.getPrototypeOf(value);
    of !== null && of !== Object.prototype;
    of = Object.getPrototypeOf(of)
  ) {
    for (const name of Object.getOwnPropertyNames(of)) names.add(name)
  }
  return [...names].filter((name) => name !== 'constructor' && !name.startsWith('_'))
}

interface Sent {
  readonly method: string
  readonly path: string
}

/** Makes the client record what it would send, and then fail. */
function intercepted(client: Cloudflare): (send: () => unknown) => Sent | undefined {
  const sent: Sent[] = []
  const note = (method: string) => (path: string) => {
    sent.push({ method, path })
    throw new Error('not sent')
  }
  Object.assign(client, {
    get: note('GET'),
    getAPIList: note('GET'),
    post: note('POST'),
    put: note('PUT'),
    patch: note('PATCH'),
    delete: note('DELETE'),
  })
  return (send) => {
    sent.length = 0
    try {
      send()
    } catch {
      // Expected: by `note`, or because the arguments were not what the method takes.
    }
    return sent[0]
  }
}

/** What a method sends in each scope, with each number of positional arguments. */
function callsOf(send: (given: readonly unknown[]) => Sent | undefined): readonly Sending[] {
  return ['account_id', 'zone_id'].flatMap((scope) =>
    [0, 1, 2].flatMap((positional) => {
      const given = Array.from({ length: positional }, (_, place) => `~${place}~`)
      const sent = send([...given, named(scope)])
      // A method that takes fewer arguments has read a parameter from a string.
      if (sent === undefined || /undefined|\[object/.test(sent.path)) return []
      const isUsed = given.every((each) => sent.path.includes(each))
      return isUsed
        ? [{ call: `${sent.method} ${unnamed(sent.path)}`, path: sent.path, positional }]
        : []
    }),
  )
}

interface Sending extends Pick<ClientMethod, 'path' | 'positional'> {
  readonly call: string
}

/** Parameters by whatever name, in one of the two scopes. */
function named(scope: string): object {
  const other = scope === 'account_id' ? 'zone_id' : 'account_id'
  return new Proxy(
    {},
    { get: (_, name) => (name === other ? undefined : `~${String(name)}~`), ownKeys: () => [] },
  )
}

/** What the client offers for operations that it has no method for: it is told the path. */
function byPath(
  client: Cloudflare,
  call: string,
  values: readonly string[],
  rest: object,
): unknown {
  const [method = '', template = ''] = call.split(' ')
  let place = 0
  const path = template.replaceAll(/\{\w+\}/g, () => values[place++] ?? '')
  const isList = method === 'GET' && !template.endsWith('}')
  if (isList) return client.getAPIList(path, V4PagePaginationArray, { query: { ...rest } })
  const body = { body: { ...rest } }
  const sent = {
    GET: () => client.get(path),
    POST: () => client.post(path, body),
    PUT: () => client.put(path, body),
    DELETE: () => client.delete(path),
  }[method]
  return sent?.().then((answer) => envelope.parse(answer).result)
}

const envelope = z.object({ result: z.unknown() })

/** Calls the method that sends a call, with the values of its path's parameters in their order. */
export function drive(
  client: Cloudflare,
  call: string,
  values: readonly string[],
  rest: object = {},
): unknown {
  const method = methodFor(call)
  if (method === undefined) return byPath(client, call, values, rest)
  const { at, path, positional } = method
  const names = [...path.matchAll(parameter)].map(([, name = '']) => name)
  const given = Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
  const before = Array.from({ length: positional }, (_, place) => given[place] ?? '')
  const params = Object.fromEntries(Object.entries(given).filter(([name]) => !/^\d$/.test(name)))
  const [of, found] = at.reduce<readonly [unknown, unknown]>(
    ([, value], name) => [value, Reflect.get(Object(value), name)],
    [undefined, client],
  )
  if (typeof found !== 'function') throw new Error(`${at.join('.')} is no method`)
  return Reflect.apply(found, of, [...before, { ...params, ...rest }])
}
