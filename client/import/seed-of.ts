/** Builds a seed from API answers: every object keeps its ids, so that the account is the same on an emulator. */
import { isObject } from '../../contracts/declaration/json.ts'
import { hex32 } from '../../contracts/declaration/primitives.ts'
import { isCreatable, isInZone } from '../../contracts/declaration/resource.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { apiTokensOf } from './api-tokens.ts'
import { type Item, nameOf, type SavedAnswers } from './kinds.ts'
import { listOf, sectionsOf, unique, uniqueBy } from './sections.ts'
import { zonesOf } from './zones.ts'

export interface MadeSeed {
  readonly seed: { readonly accounts: readonly [Item] }
  readonly notes: readonly string[]
}

export interface SeedParts {
  /** Names of zones, if the answers contain none. */
  readonly zones: readonly string[]
  /** The account id; takes precedence over the answers. */
  readonly account_id: string | undefined
  /** The account id if neither `account_id` nor the answers say. */
  readonly otherwise: string | undefined
}

const unnamed: SeedParts = { zones: [], account_id: undefined, otherwise: undefined }

/** The seed contains no secrets, because the API shows none. */
export function seedOf(
  answers: SavedAnswers,
  { zones, account_id, otherwise } = unnamed,
): MadeSeed {
  const notes: string[] = []
  const { applications } = answers
  if (applications.length === 0 && answers.policies.length === 0) {
    throw new AccessUsageError({
      what: 'The answers contain no application and no policy.',
      todo: 'Save the answers of /access/apps, /access/policies, /access/groups, /access/service_tokens and /access/organizations.',
    })
  }
  const { id, name } = accountOf(answers, account_id, otherwise)
  notes.push(...withoutPlace(answers))
  const policies = reusablePolicies(answers)
  const reusable = new Set(policies.map(({ id }) => id))
  const known = knownIds(answers)
  const whole = (item: Item, what: string) => withKnownRules(item, { known, what, notes })
  const made: Record<string, unknown> = {
    ...(id === undefined ? {} : { id }),
    name: typeof name === 'string' && name !== '' ? name : 'Imported account',
    zones: zonesOf(answers, zones, notes),
    ...apiTokensOf(answers, notes),
    organization: answers.organization[0] ?? madeUp,
    ...sectionsOf(answers, (each) => isCreatable(each) && !isInZone(each)),
    tags: tagsOf(answers),
    groups: inOrder(unique(answers.groups)).map((group) => whole(group, 'group')),
    policies: policies.map((policy) => whole(policy, 'policy')),
    applications: oldestFirst(unique(applications)).map((application) => ({
      ...application,
      policies: listOf(application.policies).map((policy) =>
        reusable.has(policy.id)
          ? {
              id: policy.id,
              ...(policy.precedence !== undefined && { precedence: policy.precedence }),
            }
          : whole(policy, `policy of ${application.name ?? application.domain}`),
      ),
    })),
  }
  if (answers.organization[0] === undefined) {
    notes.push('The answers contain no organization, so the team domain is made up.')
  }
  if (answers.gateway_cas.length > 0) {
    notes.push('The SSH certificate authority gets a new key: no answer shows the private one.')
  }
  return { seed: { accounts: [made] }, notes }
}

/** Without an organization, the API would refuse every call. */
const madeUp = { name: 'Imported', auth_domain: 'imported.cloudflareaccess.com' } as const

function accountOf(
  { accounts }: SavedAnswers,
  wanted: string | undefined,
  otherwise: string | undefined,
): { readonly id?: string; readonly name?: unknown } {
  if (wanted !== undefined && !hex32().safeParse(wanted).success) {
    throw new AccessUsageError({
      what: `"${wanted}" is not an account id.`,
      todo: 'Give its 32 hex characters with --account-id.',
    })
  }
  const [first] = accounts
  const named = wanted === undefined ? first : accounts.find(({ id }) => id === wanted)
  const id = [wanted, first?.id, otherwise].find((each) => hex32().safeParse(each).success)
  // A single answer without an id can only be about the intended account.
  return { ...(typeof id === 'string' ? { id } : {}), name: named?.name }
}

/** Ids of policies that belong to a single application. One that several applications embed is reusable, whatever it says. */
function ownPolicies({ applications }: SavedAnswers): ReadonlySet<unknown> {
  const uses = new Map<unknown, number>()
  for (const { id, reusable } of applications.flatMap(({ policies }) => listOf(policies))) {
    if (reusable !== true) uses.set(id, (uses.get(id) ?? 0) + 1)
  }
  const own = [...uses].filter(([id, count]) => id === undefined || count === 1)
  return new Set(own.map(([id]) => id))
}

/** Reusable policies, both listed and embedded in applications. */
function reusablePolicies(answers: SavedAnswers): readonly Item[] {
  const { policies, applications } = answers
  const own = ownPolicies(answers)
  const embedded = applications
    .flatMap((application) => listOf(application.policies))
    .filter(({ id }) => !own.has(id))
  const listed = policies.filter(({ id, reusable }) => reusable !== false && !own.has(id))
  return unique([...listed, ...embedded]).map(
    ({ precedence: _, reusable, ...policy }): Item =>
      reusable === undefined ? policy : { ...policy, reusable: true },
  )
}

/** An application's own policies do not name the application; only the application's answer tells. */
function withoutPlace(answers: SavedAnswers): readonly string[] {
  const own = ownPolicies(answers)
  return unique(answers.policies)
    .filter(({ id, reusable }) => reusable === false && !own.has(id))
    .map(
      (policy) =>
        `The ${nameOf('policies', policy)} belongs to a single application that is not among the answers, so it is left out. Save GET /access/apps too.`,
    )
}

/** Oldest first, the order of a seed. Any other list is taken to be newest first, even within the same second. */
function oldestFirst(applications: readonly Item[]): readonly Item[] {
  const made = ({ created_at }: Item) => (typeof created_at === 'string' ? created_at : '')
  const isOldestFirst = applications.some((each, index) => {
    const before = applications[index - 1]
    return before !== undefined && made(before) < made(each)
  })
  const inOrder = isOldestFirst ? [...applications] : applications.toReversed()
  return inOrder.sort((a, b) => Number(made(a) > made(b)) - Number(made(a) < made(b)))
}

/** Sorts groups after the groups that they refer to. */
function inOrder(groups: readonly Item[]): readonly Item[] {
  const placed: Item[] = []
  const waiting = [...groups]
  while (waiting.length > 0) {
    const ids = new Set(waiting.map(({ id }) => id))
    const index = waiting.findIndex(
      (group) => !rulesOf(group).some((rule) => ids.has(idIn(rule, 'group'))),
    )
    // A cycle cannot be seeded; its rules are reported one by one.
    placed.push(...waiting.splice(Math.max(index, 0), 1))
  }
  return placed
}

const lists = ['include', 'exclude', 'require'] as const

function rulesOf(item: Item): readonly Item[] {
  return lists.flatMap((name) => listOf(item[name]))
}

function idIn(rule: Item, selector: 'group' | 'service_token'): unknown {
  const value = rule[selector]
  if (!isObject(value)) return undefined
  return selector === 'group' ? value.id : value.token_id
}

function knownIds({ groups, service_tokens }: SavedAnswers): ReadonlySet<unknown> {
  return new Set([...groups, ...service_tokens].map(({ id }) => id))
}

/** Drops rules that refer to objects missing from the answers: the emulator, like the API, refuses them. */
function withKnownRules(
  item: Item,
  { known, what, notes }: { known: ReadonlySet<unknown>; what: string; notes: string[] },
): Item {
  const isKnown = (rule: Item) => {
    const id = idIn(rule, 'group') ?? idIn(rule, 'service_token')
    if (id === undefined || known.has(id)) return true
    notes.push(
      `The ${what} "${item.name}" refers to ${id}, which is not among the answers, so that rule is left out.`,
    )
    return false
  }
  const kept = lists.flatMap((name) =>
    Array.isArray(item[name]) ? [[name, listOf(item[name]).filter(isKnown)] as const] : [],
  )
  return { ...item, ...Object.fromEntries(kept) }
}

/** Includes tags that only an application mentions. */
function tagsOf({ tags, applications }: SavedAnswers): readonly Item[] {
  const named = applications.flatMap(({ tags: names }) =>
    Array.isArray(names) ? names.map((name: unknown) => ({ name })) : [],
  )
  return uniqueBy([...tags, ...named], ({ name }) => name).map(({ app_count: _, ...tag }) => tag)
}
