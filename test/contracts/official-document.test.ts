/** Our contracts against outside sources: the official document and recorded responses. */
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { applicationExample } from '../../contracts/api/applications.ts'
import { keyExample } from '../../contracts/api/keys.ts'
import { notBuilt, officialCount } from '../../contracts/api/not-built.ts'
import { openapi } from '../../contracts/api/openapi.ts'
import { api, pathsOf, resources } from '../../contracts/api/operations.ts'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'
import { failureEnvelope, success } from '../../contracts/declaration/envelope.ts'
import type { Resource, Single } from '../../contracts/declaration/resource.ts'
import { apiErrors } from '../../contracts/errors/errors.ts'
import { beyondDocument } from '../witness/known-differences.ts'
import {
  applicationVariants,
  callOf,
  callsOf,
  declaredCalls,
  readOfficialDocument,
  recordedExamples,
  requestSchemaOf,
  variantOf,
} from './official-document.ts'

const official = readOfficialDocument()
const declared = declaredCalls()
const missing = notBuilt().map(({ method, path }) => callOf(method, path))

/** Built here, though the official document, which is a part of the whole, does not have it. */
const beyond = (call: string) =>
  /^PATCH .*\/access\/organizations$/.test(call) || beyondDocument.test(call)

const underAccess = (call: string) => call.includes('/access/')

describe('every operation of the official document', () => {
  test('is either built or listed as not built, never both', () => {
    const built = [...declared.keys()].filter((call) => !beyond(call))
    expect(built.filter((call) => missing.includes(call))).toEqual([])
    expect([...built, ...missing]).toHaveLength(officialCount.all)
    expect([...built, ...missing].filter(underAccess)).toHaveLength(officialCount.access)
    expect([...built, ...missing].toSorted()).toEqual(callsOf(official).toSorted())
  })

  test('that is not built has a name and a summary', () => {
    for (const one of notBuilt()) {
      expect(one).toEqual({
        method: expect.stringMatching(/^(GET|POST|PUT|PATCH|DELETE)$/),
        path: expect.stringMatching(/^\/\S+$/),
        operation: expect.stringMatching(/^\S+$/),
        summary: expect.stringMatching(/\S/),
      })
    }
  })
})

const examples = recordedExamples().map((example) => {
  const [method = '', path = ''] = example.op?.split(' ') ?? []
  return { ...example, call: callOf(method, path) }
})

const successes = examples.flatMap((example) => {
  const endpoint = declared.get(example.call)
  return example.body.success && endpoint !== undefined ? [{ ...example, endpoint }] : []
})

describe('a recorded answer', () => {
  test.each(successes)('fits our contract: $title', ({ endpoint, status, body }) => {
    expect(status).toBe(endpoint.status)
    success().parse(body)
    // What an entity schema does not know, it drops; so this finds unknown fields at every depth.
    expect(endpoint.result().parse(body.result)).toEqual(body.result)
    expect('result_info' in body).toBe(endpoint.paging !== undefined)
  })

  test('without a contract belongs to an operation that is not built', () => {
    const orphans = examples.filter(({ body, call }) => body.success && !declared.has(call))
    expect(orphans.map(({ call }) => call).filter((call) => !missing.includes(call))).toEqual([])
    expect(orphans.length + successes.length).toBeGreaterThan(20)
  })

  test.each(examples.filter(({ body }) => !body.success))(
    'of a failure has its row in the error table: $title',
    ({ body, status }) => {
      const [error] = failureEnvelope().parse(body).errors
      const { code, message } = error?.error_chain?.[0] ?? { ...error }
      const rows = Object.values(apiErrors).filter((row) => row.code === code)
      expect(rows).toContainEqual(
        expect.objectContaining({
          status,
          message: expect.toSatisfy((ours) => startsLike(message, ours)),
        }),
      )
    },
  )
})

function startsLike(message: string | undefined, ours: unknown): boolean {
  return typeof ours === 'string' && message?.startsWith(ours) === true
}

interface Case {
  readonly title: string
  readonly endpoint: Endpoint
  readonly body: unknown
  /** Which alternative of the official request it is. */
  readonly variant?: string
}

/** The document has a part of what stands outside Access only. */
const ofResources = Object.values<Resource | Single>(resources).flatMap(
  ({ name, one, example, operations }): Case[] => {
    const endpoint = operations.create
    if (endpoint?.body === undefined) return []
    const [path = ''] = pathsOf(endpoint)
    if (beyond(callOf(endpoint.method, path))) return []
    return [
      {
        title: one,
        endpoint,
        body: example,
        ...(name === 'applications' && { variant: 'self_hosted' }),
      },
    ]
  },
)

const cases: readonly Case[] = [
  ...ofResources,
  {
    // Not an inline one: the document's `oneOf` takes it for a link too, and so refuses it.
    title: 'an application with policies by id and by link',
    endpoint: api.applications.create,
    body: {
      ...applicationExample,
      policies: [
        'f1a2b3c4-5d6e-4f70-8a91-b2c3d4e5f607',
        { id: 'f1a2b3c4-5d6e-4f70-8a91-b2c3d4e5f608', precedence: 2 },
      ],
    },
    variant: 'self_hosted',
  },
  {
    title: 'a bookmark',
    endpoint: api.applications.create,
    body: { type: 'bookmark', domain: 'https://example.com' },
    variant: 'bookmark',
  },
  {
    title: 'an infrastructure application',
    endpoint: api.applications.create,
    body: {
      type: 'infrastructure',
      target_criteria: [{ port: 22, protocol: 'SSH', target_attributes: { hostname: ['db'] } }],
    },
    variant: 'infrastructure',
  },
  { title: 'a key interval', endpoint: api.keys.update, body: keyExample },
]

test.each(Object.entries(applicationVariants))(
  'the alternatives of %s are those that are named here',
  (name, types) => expect(official.components.schemas[name]?.anyOf).toHaveLength(types.length),
)

describe('an example of a request', () => {
  test.each(cases)('is one by our contract: $title', ({ endpoint, body }) => {
    expect(endpoint.body?.().safeParse(body)).toMatchObject({ success: true })
  })

  test.each(cases)('is one by the official document: $title', ({ endpoint, body, variant }) => {
    const [path = ''] = pathsOf(endpoint)
    const schema = requestSchemaOf(official, endpoint.method.toLowerCase(), path)
    const chosen = variant === undefined ? schema : variantOf(official, schema, variant)
    const ajv = new Ajv({ strict: false, allErrors: true })
    addFormats.default(ajv)
    ajv.addSchema({ $id: 'official', ...official })
    const validate = ajv.compile(absolute(chosen))
    validate(body)
    expect(validate.errors ?? []).toEqual([])
  })
})

function absolute(schema: unknown): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"official#/components'))
}

describe('our own OpenAPI document', () => {
  const ours = openapi(api, { title: 'Cloudflare Access', version: '1' })
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ ...ours, $id: 'ours' })
  const pointer = (...path: readonly (string | number)[]) =>
    `ours#/${path.map((part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`

  test('has every built operation once, under both scopes where it has two', () => {
    const calls = Object.entries(ours.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => callOf(method, path)),
    )
    expect(calls.toSorted()).toEqual([...declared.keys()].toSorted())
    const ids = Object.values(ours.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('keeps the id of an operation that only a zone has', () => {
    expect(ours.paths['/zones/{zone_id}/dns_records']?.get?.operationId).toBe('dnsRecords.list')
    expect(ours.paths['/zones/{zone_id}/access/apps']?.get?.operationId).toBe(
      'applications.list.zone',
    )
  })

  test('says of each operation how it is known', () => {
    const grades = Object.values(ours.paths).flatMap((item) =>
      Object.values(item).map((one) => one['x-evidence']),
    )
    expect(new Set(grades)).toEqual(new Set(['documented', 'recorded', 'assumed', 'emulator_only']))
  })

  test.each(successes)('accepts a recorded answer: $title', ({ op, status, body }) => {
    const [method = '', path = ''] = op?.split(' ') ?? []
    const at = pointer(
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      status,
      'content',
      'application/json',
      'schema',
    )
    const validate = ajv.compile({ $ref: at })
    validate(body)
    expect(validate.errors ?? []).toEqual([])
  })

  test('refuses a policy whose rule has an unknown selector', () => {
    const validate = ajv.compile({
      $ref: pointer('components', 'schemas', 'applicationPolicies_create_body'),
    })
    expect(validate(resources.reusablePolicies.example)).toBe(true)
    expect(validate({ ...resources.reusablePolicies.example, include: [{ everybody: {} }] })).toBe(
      false,
    )
  })
})
