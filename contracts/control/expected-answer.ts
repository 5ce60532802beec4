/** The answer that a failure mode expects: what it must contain, what it must not, and a check of a real one against it. */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { isObject, parseJson } from '../declaration/json.ts'
import { metadataHeaders } from '../edge/cloudflared.ts'
import { evidenceGrades } from '../evidence/evidence.ts'

/** What a body must be. `says`: it contains this text. `has`: these fields have these values, at any depth. */
const bodyFact = once(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('empty') }),
    z.strictObject({ kind: z.literal('page'), says: z.string() }),
    z.strictObject({ kind: z.literal('text'), says: z.string() }),
    z.strictObject({
      kind: z.literal('api_error'),
      code: z.number().int(),
      /** The inner code, in the `error_chain` of a gateway error. */
      chain: z.number().int().optional(),
      says: z.string().optional(),
    }),
    z.strictObject({
      kind: z.literal('json'),
      has: z.record(z.string(), z.unknown()),
      /** Fields whose values are texts, and no JWTs. */
      opaque: z.array(z.string()).optional(),
    }),
  ]),
)

const claims = () => z.record(z.string(), z.unknown())

export const answer = once(() =>
  z.strictObject({
    /** Null: the connection is cut before the answer is complete. */
    status: z.number().int().nullable(),
    evidence: z.enum(evidenceGrades),
    /** Why the mode cannot occur in this profile; the other members then describe what is answered instead. */
    absent: z.string().optional(),
    /** By lower-case name. `true`: present; `false`: absent; a string: what the value starts with. */
    headers: z.record(z.string(), z.union([z.boolean(), z.string()])).optional(),
    body: bodyFact().optional(),
    /** Claims of the `meta` parameter in `location`. */
    meta: claims().optional(),
    /** Claims of the application token in `set-cookie`; null: the claim is absent. */
    token: claims().optional(),
    /** Claims of the JWT in `cf-access-metadata`. */
    metadata: claims().optional(),
    /** The answer takes at least this long, in milliseconds of the emulator's clock. */
    after_ms: z.number().optional(),
    /** What the final URL of a client that follows redirects starts with. */
    ends_at: z.string().optional(),
    /** Under which condition this is the answer. */
    note: z.string().optional(),
  }),
)
export type ExpectedAnswer = Readonly<z.output<ReturnType<typeof answer>>>

export interface ObservedAnswer {
  /** Null: the connection was cut. */
  readonly status: number | null
  readonly header: (name: string) => string | null
  readonly body: string
  /** The final URL, if the client followed redirects. */
  readonly url?: string
}

/** How an observed answer differs from the expected one, one line per difference; empty if it matches. */
export function differences(expected: ExpectedAnswer, seen: ObservedAnswer): string[] {
  const { status, headers = {}, body, meta, token, metadata, ends_at } = expected
  if (seen.status !== status) return [`status is ${seen.status}, not ${status}`]
  const ends = ends_at === undefined || seen.url?.startsWith(ends_at)
  return [
    ...Object.entries(headers).flatMap(([name, wanted]) =>
      headerProblem(name, wanted, seen.header(name)),
    ),
    ...(body === undefined ? [] : bodyProblem(body, seen.body)),
    ...(meta === undefined ? [] : lacking('meta', metaOf(seen), meta)),
    ...(token === undefined ? [] : lacking('token', tokenOf(seen), token)),
    ...(metadata === undefined ? [] : lacking('metadata', metadataOf(seen), metadata)),
    ...(ends ? [] : [`ends at ${seen.url}, not ${ends_at}`]),
  ]
}

function headerProblem(name: string, wanted: boolean | string, value: string | null): string[] {
  if (typeof wanted === 'boolean') {
    if ((value !== null) === wanted) return []
    return [wanted ? `header ${name} is missing` : `header ${name} is present: ${value}`]
  }
  return value?.startsWith(wanted) ? [] : [`header ${name} is ${value}, not ${wanted}`]
}

type BodyFact = NonNullable<ExpectedAnswer['body']>

function bodyProblem(fact: BodyFact, body: string): string[] {
  switch (fact.kind) {
    case 'empty':
      return body === '' ? [] : [`the body is not empty: ${body.slice(0, 80)}`]
    case 'page':
    case 'text': {
      const isPage = /<\w+[^>]*>/.test(body)
      if (isPage !== (fact.kind === 'page')) return [`the body is not a ${fact.kind}`]
      return body.includes(fact.says) ? [] : [`the body does not say "${fact.says}"`]
    }
    case 'api_error':
      return lacking('body', parseJson(body), {
        success: false,
        errors: [
          {
            code: fact.code,
            ...(fact.chain === undefined ? {} : { error_chain: [{ code: fact.chain }] }),
          },
        ],
      }).concat(
        fact.says === undefined || body.includes(fact.says)
          ? []
          : [`the body does not say "${fact.says}"`],
      )
    case 'json':
      return [
        ...lacking('body', parseJson(body), fact.has),
        ...(fact.opaque ?? []).flatMap((name) => opaqueProblem(name, parseJson(body))),
      ]
    default:
      return fact satisfies never
  }
}

function opaqueProblem(name: string, body: unknown): string[] {
  const fields: Readonly<Record<string, unknown>> = isObject(body) ? body : {}
  const value = fields[name]
  return typeof value === 'string' && value !== '' && !value.includes('.')
    ? []
    : [`body.${name} is no opaque text`]
}

/** The paths at which `value` lacks what `wanted` has. Null stands for an absent field. */
function lacking(path: string, value: unknown, wanted: unknown): string[] {
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof value !== 'object' || value === null) return [`${path} is ${JSON.stringify(value)}`]
    const fields: Readonly<Record<string, unknown>> = { ...value }
    return Object.entries(wanted).flatMap(([name, each]) =>
      lacking(`${path}.${name}`, fields[name], each),
    )
  }
  return (value ?? null) === wanted
    ? []
    : [`${path} is ${JSON.stringify(value)}, not ${JSON.stringify(wanted)}`]
}

function metaOf({ header }: ObservedAnswer): unknown {
  const location = header('location') ?? ''
  return claimsOf(/[?&]meta=([^&]+)/.exec(location)?.[1])
}

function tokenOf({ header }: ObservedAnswer): unknown {
  return claimsOf(/CF_Authorization=([^;]+)/.exec(header('set-cookie') ?? '')?.[1])
}

function metadataOf({ header }: ObservedAnswer): unknown {
  return claimsOf(header(metadataHeaders.response) ?? undefined)
}

/** The claims of a JWT, unverified. */
function claimsOf(token: string | undefined): unknown {
  const payload = token?.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/')
  if (payload === undefined) return undefined
  const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0))
  return parseJson(new TextDecoder().decode(bytes))
}
