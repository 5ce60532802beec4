/** The official OpenAPI document, where the checkout has it beside itself, and the recorded examples. */
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { api, pathsOf } from '../../contracts/api/operations.ts'
import type { Endpoint, Group } from '../../contracts/endpoint.ts'

const place = new URL('../../../shared/facts/access-openapi.json', import.meta.url)

/** What a schema may be in its stead: a reference, or alternatives. */
const schemaObject = z.looseObject({
  $ref: z.string().optional(),
  anyOf: z.array(z.looseObject({})).optional(),
})
export type SchemaObject = z.output<typeof schemaObject>

const operation = z.looseObject({
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: schemaObject })) })
    .optional(),
})
const officialDocument = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({ schemas: z.record(z.string(), schemaObject) }),
})
export type OfficialDocument = z.output<typeof officialDocument>

/** The document, or undefined, with the reason on the console. */
export function officialDocumentIfThere(): OfficialDocument | undefined {
  if (existsSync(place)) return officialDocument.parse(JSON.parse(readFileSync(place, 'utf8')))
  console.log(
    'The official document is not beside this checkout (shared/facts/access-openapi.json, 776 KB, not ours to ship): ' +
      'only what the repository holds is checked.',
  )
  return undefined
}

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** `GET /accounts/{}/access/apps`: an operation without the names of its parameters. */
export function callOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`
}

export function callsOf(document: OfficialDocument): string[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.filter((method) => method in item).map((method) => callOf(method, path)),
  )
}

/** Every call that the contracts declare, and its endpoint. */
export function declaredCalls(): Map<string, Endpoint> {
  const endpoints = Object.values(api).flatMap((group: Group) => Object.values(group))
  return new Map(
    endpoints.flatMap((endpoint) =>
      pathsOf(endpoint).map((path) => [callOf(endpoint.method, path), endpoint] as const),
    ),
  )
}

export function requestSchemaOf(
  document: OfficialDocument,
  method: string,
  path: string,
): SchemaObject {
  const { requestBody } = operation.parse(document.paths[path]?.[method])
  const [content] = Object.values(requestBody?.content ?? {})
  return content?.schema ?? {}
}

const example = z.object({
  title: z.string(),
  /** `POST /accounts/{account_id}/access/apps`; the gateway's own errors belong to no operation. */
  op: z.string().nullish(),
  status: z.number(),
  body: z.looseObject({ success: z.boolean(), result: z.unknown().optional() }),
})
export type RecordedExample = z.output<typeof example>

/** Answers of the live service with synthetic values (api-facts §6). */
export function recordedExamples(): RecordedExample[] {
  const text = readFileSync(new URL('../fixtures/access-examples.json', import.meta.url), 'utf8')
  return z.array(example).parse(JSON.parse(text))
}
