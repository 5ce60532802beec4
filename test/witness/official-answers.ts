/**
 * Checks responses against the official document: schemas by ajv, plus key sets, because its schemas rarely forbid a
 * key.
 */
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { z } from 'zod'
import {
  applicationVariants,
  callOf,
  type OfficialDocument,
} from '../contracts/official-document.ts'

interface Schema {
  readonly $ref?: string | undefined
  readonly allOf?: readonly Schema[] | undefined
  readonly anyOf?: readonly Schema[] | undefined
  readonly oneOf?: readonly Schema[] | undefined
  readonly items?: Schema | undefined
  readonly properties?: Readonly<Record<string, Schema>> | undefined
  readonly additionalProperties?: boolean | Schema | undefined
}

const schemaNode: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    allOf: z.array(schemaNode).optional(),
    anyOf: z.array(schemaNode).optional(),
    oneOf: z.array(schemaNode).optional(),
    items: schemaNode.optional(),
    properties: z.record(z.string(), schemaNode).optional(),
    additionalProperties: z.union([z.boolean(), schemaNode]).optional(),
  }),
)

const anything = { additionalProperties: true }

const operation = z.looseObject({
  responses: z.record(
    z.string(),
    z.looseObject({
      content: z.record(z.string(), z.looseObject({ schema: schemaNode })).optional(),
    }),
  ),
})

export interface Findings {
  /** Where the answer is not what its schema says. */
  readonly breaches: readonly string[]
  /** Places of keys that no schema names: `result.policies[].reusable`. */
  readonly unknownKeys: readonly string[]
}

export interface Answer {
  /** `GET /accounts/{account_id}/access/apps` */
  readonly call: string
  readonly status: number
  readonly body: unknown
}

/** Calls that are newer than the document, and the one whose answer theirs must be. */
const stoodInFor: Readonly<Record<string, string>> = {
  'PATCH /accounts/{account_id}/access/organizations':
    'PUT /accounts/{account_id}/access/organizations',
  'PATCH /zones/{zone_id}/access/organizations': 'PUT /zones/{zone_id}/access/organizations',
}

export interface Checker {
  /** @throws Error where the document has no response of that status */
  check(answer: Answer): Findings
}

export function createChecker(document: OfficialDocument): Checker {
  const responses = responsesOf(document)
  const ofType = new Map<string, ReturnType<typeof checkerOf>>()
  return {
    check({ call, status, body }) {
      const [method = '', path = ''] = (stoodInFor[call] ?? call).split(' ')
      const found = responses.get(callOf(method, path))
      const schema = found?.[status] ?? (status >= 400 ? found?.['4XX'] : undefined)
      if (schema === undefined) throw new Error(`the document has no ${status} of ${call}`)
      const type = applicationTypeIn(body)
      const checker = ofType.get(type) ?? checkerOf(document, type)
      ofType.set(type, checker)
      return checker(schema, body)
    },
  }
}

function responsesOf({ paths }: OfficialDocument): Map<string, Record<string, Schema>> {
  const found = new Map<string, Record<string, Schema>>()
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, declared] of Object.entries(item)) {
      const parsed = operation.safeParse(declared)
      if (!parsed.success) continue
      const byStatus = Object.entries(parsed.data.responses).map(([status, { content = {} }]) => [
        status,
        // Of some deletes the document describes no body: any will do.
        overlapping(Object.values(content)[0]?.schema ?? anything),
      ])
      found.set(callOf(method, path), Object.fromEntries(byStatus))
    }
  }
  return found
}

/** Alternatives that require nothing exclude nothing: that of memberships fits both of its own. */
function overlapping({ oneOf, ...schema }: Schema): Schema {
  return oneOf === undefined ? schema : { ...schema, anyOf: oneOf }
}

const applications = z.object({
  result: z.union([
    z.looseObject({ type: z.string() }),
    z.array(z.looseObject({ type: z.string() })),
  ]),
})

/** The type of the applications in a response; '' for none or several. */
function applicationTypeIn(body: unknown): string {
  const parsed = applications.safeParse(body)
  if (!parsed.success) return ''
  const types = new Set([parsed.data.result].flat().map(({ type }) => type))
  const [first = ''] = types
  return types.size === 1 ? first : ''
}

function checkerOf(document: OfficialDocument, type: string) {
  const narrowed = narrow(document, type)
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'official', ...narrowed })
  const compiled = new Map<Schema, ValidateFunction>()
  const components = new Map(
    Object.entries(narrowed.components.schemas).map(([name, one]) => [
      `#/components/schemas/${name}`,
      schemaNode.parse(one),
    ]),
  )
  return (schema: Schema, body: unknown): Findings => {
    const validate = compiled.get(schema) ?? ajv.compile(absolute(schema))
    compiled.set(schema, validate)
    validate(body)
    return {
      breaches: (validate.errors ?? []).map((error) => `${error.instancePath}: ${error.message}`),
      unknownKeys: [...new Set(unknownKeys(body, [schema], '', components))],
    }
  }
}

/** An application is one of several alternatives, some of which require nothing: the one of its type is chosen. */
function narrow(document: OfficialDocument, type: string): OfficialDocument {
  const schemas = { ...document.components.schemas }
  for (const [name, types] of Object.entries(applicationVariants)) {
    const chosen = schemas[name]?.anyOf?.[types.indexOf(type)]
    if (chosen !== undefined) schemas[name] = chosen
  }
  return { ...document, components: { ...document.components, schemas } }
}

function absolute(schema: Schema): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"official#/components'))
}

type Components = ReadonlyMap<string, Schema>

/** A schema and all that stand in its place: behind references and in combinations. */
function spread(schema: Schema, components: Components): readonly Schema[] {
  const { $ref, allOf = [], anyOf = [], oneOf = [] } = schema
  const target = $ref === undefined ? undefined : components.get($ref)
  const others = [...(target === undefined ? [] : [target]), ...allOf, ...anyOf, ...oneOf]
  return [schema, ...others.flatMap((one) => spread(one, components))]
}

function unknownKeys(
  value: unknown,
  schemas: readonly Schema[],
  at: string,
  components: Components,
): readonly string[] {
  const all = schemas.flatMap((schema) => spread(schema, components))
  if (Array.isArray(value)) {
    const items = all.flatMap((schema) => schema.items ?? [])
    if (items.length === 0) return []
    return value.flatMap((item) => unknownKeys(item, items, `${at}[]`, components))
  }
  if (typeof value !== 'object' || value === null) return []
  const isOpen = all.every(({ properties }) => properties === undefined)
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = at === '' ? key : `${at}.${key}`
    const known = all.flatMap(({ properties, additionalProperties: more }) => [
      ...(properties !== undefined && Object.hasOwn(properties, key)
        ? [properties[key] ?? {}]
        : []),
      ...(typeof more === 'object' ? [more] : []),
    ])
    if (known.length > 0) return unknownKeys(inner, known, place, components)
    return isOpen ? [] : [place]
  })
}
