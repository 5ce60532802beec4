/** Generates an OpenAPI 3.1 document for groups of endpoints, from the same data that the router uses. */
import { z } from 'zod'
import type { Endpoint, EndpointGroup } from '../declaration/endpoint.ts'
import { failureEnvelope, notice, resultInfo } from '../declaration/envelope.ts'
import { apiErrors, controlErrors, exchangeErrors } from '../errors/errors.ts'
import { oauthErrors } from '../errors/oauth.ts'
import { pathsOf } from './operations.ts'
import { rule, selectors } from './rules.ts'

type Schema = Readonly<Record<string, unknown>>

export interface OpenApiInfo {
  readonly title: string
  readonly version: string
  readonly description?: string
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: OpenApiInfo
  readonly servers: readonly Schema[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Schema>>>>
  readonly components: Readonly<Record<'schemas', Readonly<Record<string, Schema>>>>
}

const named = (id: string) => id.replaceAll('.', '_')
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` })

/** Code validates rules; the document describes them as a choice of selectors. */
function describeRule({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: Schema }): void {
  if (zodSchema === rule()) Object.assign(jsonSchema, reference('Rule'))
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: describeRule,
  })
  return rest
}

function ruleSchema(): Schema {
  return {
    oneOf: Object.entries(selectors()).map(([name, schema]) => ({
      type: 'object',
      required: [name],
      properties: { [name]: schemaOf(schema, 'input') },
      additionalProperties: false,
    })),
  }
}

/** Names each schema after the first operation that uses it, so that each resource appears once. */
function components() {
  const names = new Map<z.ZodType, string>()
  const schemas: Record<string, Schema> = {
    Rule: ruleSchema(),
    Notice: schemaOf(notice(), 'output'),
    ResultInfo: schemaOf(resultInfo(), 'output'),
    Failure: schemaOf(failureEnvelope(), 'output'),
  }
  const use = (schema: z.ZodType, name: string, io: 'input' | 'output'): Schema => {
    if (schema instanceof z.ZodArray) {
      const [group] = name.split('_')
      return { type: 'array', items: use(schema.element as z.ZodType, `${group}_item`, io) }
    }
    const known = names.get(schema)
    if (known !== undefined) return reference(known)
    names.set(schema, name)
    schemas[name] = schemaOf(schema, io)
    return reference(name)
  }
  return { schemas, use }
}

type Use = ReturnType<typeof components>['use']

const json = (schema: Schema) => ({ content: { 'application/json': { schema } } })

function success({ id, result, wrap, paging }: Endpoint, use: Use): Schema {
  if (wrap === 'page') return { content: { 'text/html': { schema: { type: 'string' } } } }
  if (wrap === 'text') return { content: { 'text/plain': { schema: { type: 'string' } } } }
  if (wrap === 'pem')
    return { content: { 'application/x-pem-file': { schema: { type: 'string' } } } }
  const schema = use(result(), `${named(id)}_result`, 'output')
  if (wrap === 'plain') return json(schema)
  const messages = { type: 'array', items: reference('Notice') }
  return json({
    type: 'object',
    required: ['result', 'success', 'errors', 'messages'],
    properties: {
      result: schema,
      success: { const: true },
      errors: messages,
      messages,
      ...(paging === undefined ? {} : { result_info: reference('ResultInfo') }),
    },
  })
}

const failures: Readonly<Record<string, { status: number; message: string }>> = {
  ...apiErrors,
  ...exchangeErrors,
  ...controlErrors,
  ...oauthErrors,
}

/** Declared failures by status, each with the names of the failures that have it. */
function failureResponses({ errors, wrap }: Endpoint): Record<string, Schema> {
  const byStatus: Record<string, string[]> = {}
  for (const name of errors) {
    const row = failures[name]
    if (row === undefined) continue
    byStatus[row.status] = [...(byStatus[row.status] ?? []), `${name}: ${row.message}`]
  }
  const body = wrap === 'v4' || wrap === 'pem' ? json(reference('Failure')) : {}
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, lines]) => [
      status,
      { description: lines.join('\n'), ...body },
    ]),
  )
}

function parametersOf({ query }: Endpoint, path: string): readonly Schema[] {
  const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const { properties = {}, required = [] } = (
    query === undefined ? {} : schemaOf(query(), 'input')
  ) as { properties?: Readonly<Record<string, Schema>>; required?: readonly string[] }
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
  return [...inPath, ...inQuery]
}

function operationOf(group: string, endpoint: Endpoint, path: string, use: Use): Schema {
  const { id, summary, body, status, evidence, source, scope } = endpoint
  const zone = scope === 'account_or_zone' && path.startsWith('/zones/')
  return {
    operationId: zone ? `${id}.zone` : id,
    summary,
    tags: [group],
    parameters: parametersOf(endpoint, path),
    ...(body === undefined ? {} : { requestBody: json(use(body(), `${named(id)}_body`, 'input')) }),
    responses: {
      [status]: { description: 'Success', ...success(endpoint, use) },
      ...failureResponses(endpoint),
    },
    'x-evidence': evidence,
    'x-source': source,
  }
}

/**
 * The OpenAPI document for these groups. API paths are relative to the first server, `/client/v4`; those of scope `host`
 * have `/` as their own server. Every operation has `x-evidence` (a grade) and `x-source` (ids of the evidence register).
 */
export function openapi(
  groups: Readonly<Record<string, EndpointGroup>>,
  info: OpenApiInfo,
): OpenApiDocument {
  const { schemas, use } = components()
  const paths: Record<string, Record<string, Schema>> = {}
  for (const [group, endpoints] of Object.entries(groups)) {
    for (const endpoint of Object.values(endpoints)) {
      for (const path of pathsOf(endpoint)) {
        const item = paths[path] ?? {}
        paths[path] = item
        if (endpoint.scope === 'host') Object.assign(item, { servers: [{ url: '/' }] })
        item[endpoint.method.toLowerCase()] ??= operationOf(group, endpoint, path, use)
      }
    }
  }
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/client/v4' }],
    paths,
    components: { schemas },
  }
}
