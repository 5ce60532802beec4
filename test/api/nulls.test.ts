/**
 * `null` in a write, for every attribute in the contracts. The schemas list the attributes, so new ones are covered
 * automatically.
 */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { creatable, creatables } from '../../contracts/api/new-body.ts'
import { api as contract, resources } from '../../contracts/api/operations.ts'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'
import { type Creatable, has, type Resource } from '../../contracts/declaration/resource.ts'
import { type Answer, team, useApi } from '../support/api.ts'

const api = useApi({ resets: false })

type Fields = Readonly<Record<string, unknown>>
type Steps = readonly (string | number)[]

interface Attribute {
  readonly path: Steps
  readonly schema: z.ZodType
}

function bare(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
    ? bare(schema.unwrap() as z.ZodType)
    : schema
}

/** Every attribute of a body, those of the objects in it too. */
function attributesOf(given: z.ZodType, path: Steps = []): Attribute[] {
  const schema = bare(given)
  if (schema instanceof z.ZodArray) return attributesOf(schema.element as z.ZodType, [...path, 0])
  if (schema instanceof z.ZodUnion) {
    return (schema.options as z.ZodType[]).flatMap((option) => attributesOf(option, path))
  }
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries<z.ZodType>(schema.shape).flatMap(([name, field]) => [
    { path: [...path, name], schema: field },
    ...attributesOf(field, [...path, name]),
  ])
}

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success
const isOptional = ({ schema }: Attribute) => takes(schema, undefined) && !takes(schema, null)
const isRequired = ({ schema }: Attribute) => !takes(schema, undefined) && !takes(schema, null)

const plain: readonly unknown[] = [
  true,
  false,
  1,
  '1h',
  'text',
  'tcp',
  '2027-01-01T00:00:00Z',
  '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
  `host.${team.zones[0]?.name}`,
  '192.0.2.1',
  '2001:db8::1',
  { everyone: {} },
]

/** Values that the schema accepts; for an object its required members. */
function samplesOf(given: z.ZodType): unknown[] {
  const schema = bare(given)
  if (schema instanceof z.ZodArray)
    return samplesOf(schema.element as z.ZodType).map((one) => [one])
  if (schema instanceof z.ZodEnum) return [schema.options.at(-1)]
  if (schema instanceof z.ZodObject) {
    const required = Object.entries<z.ZodType>(schema.shape).filter(
      ([, field]) => !takes(field, undefined),
    )
    return [Object.fromEntries(required.map(([name, field]) => [name, samplesOf(field)[0]]))]
  }
  const fitting = plain.filter((value) => takes(schema, value))
  return typeof fitting[0] === 'boolean' ? fitting : fitting.slice(0, 1)
}

/** The body with a value at a path; missing parents are created from the schema. */
function withValue(body: unknown, schema: z.ZodType, path: Steps, value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  const at = bare(schema)
  if (at instanceof z.ZodUnion) {
    const option = (at.options as z.ZodType[]).findLast((each) => bare(each) instanceof z.ZodObject)
    return option === undefined ? body : withValue(body, option, path, value)
  }
  if (at instanceof z.ZodArray) {
    const [first] = Array.isArray(body) ? body : []
    const element = at.element as z.ZodType
    return [withValue(first ?? samplesOf(element)[0], element, rest, value)]
  }
  const fields: Fields = { ...(samplesOf(at)[0] as Fields), ...(body as Fields) }
  const field = (at as z.ZodObject).shape[step] as z.ZodType
  const inner = withValue(fields[step], field, rest, value)
  return { ...fields, [step]: inner }
}

/** As withValue, with nothing at the end of the path. */
function without(body: unknown, schema: z.ZodType, path: Steps): unknown {
  // What JSON leaves out.
  return JSON.parse(JSON.stringify(withValue(body, schema, path, undefined)))
}

type Tried = Creatable & Resource<'replace'>

/** Zone resources have their own tests: what they accept depends on the zone. */
const tried = creatables.flatMap((each): Tried[] =>
  each.scope !== 'zone' && has(each, 'replace') ? [each] : [],
)

const names = {
  name: (what: string) => what,
  host: () => 'host.example.com',
}

const bodyOf = ({ lifeCycle }: Creatable): Fields => lifeCycle.body(names)
/** Whether PUT updates partially: a null then resets to a new object's value. */
const isPart = ({ operations }: Tried) => operations.replace.whole !== undefined

async function parentsOf({ below }: Creatable): Promise<Readonly<Record<string, string>>> {
  if (below === undefined) return {}
  const parent = creatable(below)
  const made = await api.call(parent.operations.create, { body: bodyOf(parent) })
  return { [parent.param]: Object(made.body.result).id }
}

/** Creates what a body may name by an id that the client chooses: the id is that of samplesOf. */
async function createNamed({ after = [] }: Creatable): Promise<void> {
  const named = creatables.filter(
    ({ name, keyForm }) => keyForm === 'text' && after.some((each) => each === name),
  )
  for (const each of named) {
    const { create } = each.operations
    const { key = 'id' } = each
    const sample = samplesOf(each.body().shape[key as never])[0]
    await api.call(create, { body: { ...bodyOf(each), [key]: sample } })
  }
}

/** A response after a reset, so that two responses differ only by what was sent. */
async function fresh(resource: Tried, bodies: readonly unknown[]): Promise<Answer> {
  await api.emulator.reset()
  const { operations, key = 'id', param } = resource
  const parents = await parentsOf(resource)
  await createNamed(resource)
  const send = (endpoint: Endpoint, body: unknown, value = '') => {
    const params: Readonly<Record<string, string>> = { ...parents, [param]: value }
    return api.call(endpoint, { params: params as never, body })
  }
  const [first, ...others] = bodies
  let answer = await send(operations.create, first)
  const { [key]: value } = Object(answer.body.result)
  for (const body of others) {
    if (answer.status >= 400) break
    answer = await send(operations.replace, body, value)
  }
  return answer
}

const seen = ({ status, body }: Answer) => ({ status, body })
const label = ({ path }: Attribute) => path.join('.')

describe.each(tried)('null in $many', (resource) => {
  const schema = resource.body()
  const body = bodyOf(resource)
  const all = attributesOf(schema)
  /** Without those that one of several alternatives requires and another does not. */
  const either = (wanted: typeof isOptional, other: typeof isOptional) =>
    all.filter(
      (one) => wanted(one) && !all.some((each) => label(each) === label(one) && other(each)),
    )
  const required = either(isRequired, isOptional)
  const optional = either(isOptional, isRequired)
  const replacement = attributesOf(resource.operations.replace.body?.() ?? schema)
  const requires = (one: Attribute) =>
    replacement.some((each) => label(each) === label(one) && isRequired(each))

  test('is as an optional attribute left out, in a create', async () => {
    for (const one of optional) {
      const given = withValue(body, schema, one.path, null)
      const left = without(body, schema, one.path)
      const [answer, expected] = [await fresh(resource, [given]), await fresh(resource, [left])]
      expect(seen(answer), label(one)).toEqual(seen(expected))
      expect(JSON.stringify(answer.body.errors), label(one)).not.toMatch(/null/)
    }
  })

  test('sets an optional attribute back to its default, in a replacement', async () => {
    let set = 0
    const settable = optional.filter((one) => !requires(one))
    for (const one of settable) {
      for (const value of samplesOf(one.schema)) {
        const given = withValue(body, schema, one.path, value)
        if ((await fresh(resource, [given])).status >= 400) continue
        set += 1
        const left = without(body, schema, one.path)
        const answer = await fresh(resource, [given, withValue(body, schema, one.path, null)])
        const expected = await fresh(resource, isPart(resource) ? [left, {}] : [given, left])
        expect(seen(answer), label(one)).toEqual(seen(expected))
      }
    }
    // Some are refused for their meaning, such as an unknown tag.
    expect(set).toBeGreaterThanOrEqual(settable.length / 2)
  })

  test('is refused for a required attribute', async () => {
    expect(required.length).toBeGreaterThan(0)
    for (const one of required) {
      const given = withValue(body, schema, one.path, null)
      expect((await fresh(resource, [given])).status, label(one)).toBe(400)
      expect((await fresh(resource, [body, given])).status, label(one)).toBe(400)
    }
    for (const one of optional.filter(requires)) {
      const given = withValue(body, schema, one.path, null)
      expect((await fresh(resource, [body, given])).status, label(one)).toBe(400)
    }
  })
})

describe('null in the organization', () => {
  const { create, patch, replace } = contract.organizations
  const whole = (create.body as () => z.ZodObject)()
  const { auth_domain } = team.organization
  const written = async (bodies: readonly unknown[], endpoint: Endpoint = patch) => {
    await api.emulator.reset()
    const answers: Answer[] = []
    for (const body of bodies) answers.push(await api.call(endpoint, { body }))
    return answers
  }

  test('sets an optional attribute back to its default, by PATCH and by PUT', async () => {
    const optional = attributesOf(whole).filter(isOptional)
    for (const one of optional) {
      const part = (value: unknown) => {
        const [name = ''] = one.path
        const body = withValue({ name: 'Team', auth_domain }, whole, one.path, value) as Fields
        return { [name]: body[String(name)] }
      }
      for (const value of samplesOf(one.schema)) {
        const [set, answer] = await written([part(value), part(null)])
        const [expected] = await written([JSON.parse(JSON.stringify(part(undefined)))])
        expect(set?.status, label(one)).toBe(200)
        expect(answer && seen(answer), label(one)).toEqual(expected && seen(expected))
      }
      const body = { name: 'Team', auth_domain }
      const [answer] = await written([{ ...body, ...part(null) }], replace)
      const [expected] = await written(
        [{ ...body, ...JSON.parse(JSON.stringify(part(undefined))) }],
        replace,
      )
      expect(answer && seen(answer), label(one)).toEqual(expected && seen(expected))
    }
  })

  test.each(['name', 'auth_domain'])('is refused for %s', async (name) => {
    for (const endpoint of [patch, replace]) {
      const [answer] = await written([{ ...team.organization, [name]: null }], endpoint)
      expect(answer?.status).toBe(400)
    }
  })
})

const { applications, groups, identityProviders, reusablePolicies, serviceTokens } = contract

test('null for the name of a service token is refused', async () => {
  await api.emulator.reset()
  const { id } = await api.ok(serviceTokens.create, { body: resources.serviceTokens.example })
  const params = { service_token_id: id }
  expect(await api.refused(serviceTokens.replace, { params, body: { name: null } })).toMatchObject({
    status: 400,
    code: 12130,
  })
})

test.each(['replaceSettings', 'patchSettings'] as const)(
  'null in %s of an application sets a setting back',
  async (name) => {
    await api.emulator.reset()
    const { id } = await api.ok(applications.create, { body: resources.applications.example })
    const params = { app_id: id }
    const body = { allow_iframe: true, skip_interstitial: true }
    expect(await api.ok(applications[name], { params, body })).toEqual(body)
    const reset = { params, body: { allow_iframe: null } }
    expect(await api.ok(applications[name], reset)).toEqual({ skip_interstitial: true })
  },
)

test('null in a PATCH of a DNS record sets an attribute back, and its name is refused', async () => {
  await api.emulator.reset()
  const { create, edit } = contract.dnsRecords
  const body = { type: 'A', name: 'a', content: '192.0.2.1', ttl: 300, tags: ['a:b'] }
  const { id } = await api.ok(create, { body, zone: true })
  const params = { dns_record_id: id }
  const reset = { params, body: { ttl: null, tags: null, comment: null } }
  expect(await api.ok(edit, reset)).toMatchObject({ ttl: 1, tags: [], comment: null })
  expect((await api.refused(edit, { params, body: { name: null } })).status).toBe(400)
})

describe('null where no schema names the attribute', () => {
  test('leaves it out, in the settings of a provider, in a rule and beside known fields', async () => {
    await api.emulator.reset()
    const config = { client_id: 'an-id', apps_domain: null, deep: [{ kept: 1, gone: null }] }
    const provider = { type: 'github', name: 'GitHub', config, note: null }
    const { config: answered, ...rest } = await api.ok(identityProviders.create, { body: provider })
    expect(answered).toEqual({ client_id: 'an-id', deep: [{ kept: 1 }] })
    expect(rest).not.toHaveProperty('note')
    const include = [{ email: { email: 'a@example.com' }, group: null }]
    const { include: rules } = await api.ok(groups.create, { body: { name: 'g', include } })
    expect(rules).toEqual([{ email: { email: 'a@example.com' } }])
  })

  test('takes it from what was kept of a write of parts', async () => {
    await api.emulator.reset()
    const body = { ...resources.serviceTokens.example, note: 'ours' }
    const { id } = await api.ok(serviceTokens.create, { body })
    const params = { service_token_id: id }
    expect(await api.ok(serviceTokens.replace, { params, body: {} })).toHaveProperty('note')
    const put = await api.ok(serviceTokens.replace, { params, body: { note: null } })
    expect(put).not.toHaveProperty('note')
  })
})

test('nulls beside the id of a linked policy leave it a link', async () => {
  await api.emulator.reset()
  const { id } = await api.ok(reusablePolicies.create, { body: resources.reusablePolicies.example })
  const link = { id, precedence: 2, decision: null, name: null, include: null }
  const { policies } = await api.ok(applications.create, {
    body: { ...resources.applications.example, policies: [link] },
  })
  expect(policies).toMatchObject([
    { ...resources.reusablePolicies.example, id, precedence: 2, reusable: true },
  ])
})

test('null that the schema takes keeps its meaning: the policies stay as they are', async () => {
  await api.emulator.reset()
  const body = { ...resources.applications.example, policies: [resources.reusablePolicies.example] }
  const { id, policies } = await api.ok(applications.create, { body })
  const replaced = await api.ok(applications.replace, {
    params: { app_id: id },
    body: { ...resources.applications.example, policies: null },
  })
  expect(replaced.policies).toEqual(policies)
})
