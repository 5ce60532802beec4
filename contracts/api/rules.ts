/** Access rules: each has exactly one of 26 selectors (api-policies, edge-rule-semantics). */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { uuid } from '../declaration/primitives.ts'

const text = () => z.string().min(1)
const nothing = () => z.looseObject({})
const withProvider = <F extends z.ZodRawShape>(fields: F) =>
  z.looseObject({ ...fields, identity_provider_id: z.string().optional() })

/** The schema of each selector, by its name on the wire. */
export const selectors = once(() => ({
  any_valid_service_token: nothing(),
  auth_context: z.looseObject({ id: text(), ac_id: text(), identity_provider_id: text() }),
  auth_method: z.looseObject({ auth_method: text() }),
  azureAD: z.looseObject({ id: text(), identity_provider_id: z.string().optional() }),
  certificate: nothing(),
  cloudflare_account_member: z.looseObject({ account_id: z.string().optional() }),
  common_name: z.looseObject({ common_name: text() }),
  device_posture: z.looseObject({ integration_uid: text() }),
  email: z.looseObject({ email: text() }),
  email_domain: z.looseObject({ domain: text() }),
  email_list: z.looseObject({ id: text() }),
  everyone: nothing(),
  external_evaluation: z.looseObject({ evaluate_url: text(), keys_url: text() }),
  geo: z.looseObject({ country_code: text() }),
  'github-organization': withProvider({ name: text(), team: z.string().optional() }),
  group: z.looseObject({ id: uuid() }),
  gsuite: withProvider({ email: text() }),
  ip: z.looseObject({
    ip: z.string().regex(/^[0-9a-fA-F:.]+(\/\d{1,3})?$/, 'must be an IP address or CIDR range'),
  }),
  ip_list: z.looseObject({ id: text() }),
  linked_app_token: z.looseObject({ app_uid: text() }),
  login_method: z.looseObject({ id: text() }),
  oidc: withProvider({ claim_name: text(), claim_value: text() }),
  okta: withProvider({ name: text() }),
  saml: withProvider({ attribute_name: text(), attribute_value: text() }),
  service_token: z.looseObject({ token_id: text() }),
  user_risk_score: z.looseObject({ user_risk_score: z.array(z.string()) }),
}))

type Selectors = ReturnType<typeof selectors>
/** A selector's wire name. */
export type Selector = keyof Selectors
/** One rule: `{ email: { email: "a@example.com" } }` and so on. */
export type Rule = { [S in Selector]: { readonly [K in S]: z.output<Selectors[S]> } }[Selector]

/** The selector of a rule. */
export function selectorOf(rule: Rule): Selector {
  return Object.keys(rule)[0] as Selector
}

/** One rule object with exactly one known selector. */
export const rule = once(() =>
  z.custom<Rule>().superRefine((value: unknown, context) => {
    const issue = ruleProblem(value)
    if (issue !== undefined) context.addIssue({ code: 'custom', message: issue })
  }),
)

function ruleProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'must be an object with one selector, such as {"everyone": {}}'
  }
  const keys = Object.keys(value)
  const [name] = keys
  if (keys.length !== 1 || name === undefined) {
    return `must have exactly one selector, has ${keys.length === 0 ? 'none' : keys.join(', ')}`
  }
  const known: Record<string, z.ZodType> = selectors()
  const schema = Object.hasOwn(known, name) ? known[name] : undefined
  if (schema === undefined) return `unknown selector "${name}"`
  const parsed = schema.safeParse((value as Record<string, unknown>)[name])
  if (parsed.success) return undefined
  const [first] = parsed.error.issues
  return `${[name, ...(first?.path ?? [])].join('.')}: ${first?.message ?? 'is not valid'}`
}

/** The three rule lists of a policy or group. */
export const ruleLists = once(() => ({
  include: z.array(rule()),
  exclude: z.array(rule()).default([]),
  require: z.array(rule()).default([]),
}))

/** The same lists as rows store them: all three are present. */
export const wholeRuleLists = once(() => ({
  include: z.array(rule()),
  exclude: z.array(rule()),
  require: z.array(rule()),
}))

/**
 * A rule as in the API, or one that refers to an object by name: `{service_token: {name}}`, `{group: {name}}`,
 * `{login_method: {name}}`, `{linked_app_token: {name}}`. The API's schema validates it after the name has been resolved.
 */
const seedRule = once(() => z.record(z.string(), z.looseObject({})))

/** The rule lists in a seed. */
export const seedRuleLists = once(() => ({
  include: z.array(seedRule()),
  exclude: z.array(seedRule()).optional(),
  require: z.array(seedRule()).optional(),
}))

export interface RuleLists {
  readonly include: readonly Rule[]
  readonly exclude: readonly Rule[]
  readonly require: readonly Rule[]
}
