/** The official OpenAPI document as in the fixture, and examples of recorded responses. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { api, pathsOf } from '../../contracts/api/operations.ts'
import type { Endpoint, EndpointGroup } from '../../contracts/declaration/endpoint.ts'

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')

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

/**
 * Pinned by commit, without its prose (api-official-document). `npm run fixtures:official` makes it, and says whether a newer document would
 * give another one.
 */
export function readOfficialDocument(): OfficialDocument {
  return officialDocument.parse(JSON.parse(fixture('official-document.json')))
}

const zoneVariants = ['self_hosted', 'saas', 'ssh', 'vnc', 'app_launcher', 'warp', 'biso'] as const
const everyVariant = [
  ...zoneVariants,
  'proxy_endpoint',
  'bookmark',
  'infrastructure',
  'rdp',
  'mcp',
  'mcp_portal',
] as const

/**
 * Schemas that are one alternative for each type of application, and the types in the order of the alternatives. The
 * document tells them apart by nothing else (api-application-variants).
 */
export const applicationVariants: Readonly<Record<string, readonly string[]>> = {
  access_app_request: everyVariant,
  access_app_response: everyVariant,
  access_apps: [...zoneVariants, 'bookmark'],
}

/** The alternative of a referenced schema for a type of application. */
export function variantOf(
  { components }: OfficialDocument,
  { $ref = '' }: SchemaObject,
  variant: string,
): SchemaObject | undefined {
  const name = $ref.replace('#/components/schemas/', '')
  const at = applicationVariants[name]?.indexOf(variant)
  return at === undefined ? undefined : components.schemas[name]?.anyOf?.[at]
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
  const endpoints = Object.values(api).flatMap((group: EndpointGroup) => Object.values(group))
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

/** Answers in the shapes that the live service was recorded with, their values made up; test/fixtures/README.md says whence. */
export function recordedExamples(): RecordedExample[] {
  return z.array(example).parse(JSON.parse(fixture('access-examples.json')))
}
