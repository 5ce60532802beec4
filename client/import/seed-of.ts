/** A seed from what the API answered: every object with its ids, so that the account is the same on an emulator. */
import { isObject } from '../../contracts/json.ts'
import { hex32 } from '../../contracts/primitives.ts'
import { isCollection, isInZone } from '../../contracts/resource.ts'
import { AccessUsageError } from '../errors.ts'
import { type Item, nameOf, type SavedAnswers } from './kinds.ts'
import { listOf, sectionsOf, unique, uniqueBy } from './sections.ts'
import { zonesOf } from './zones.ts'

export interface MadeSeed {
  readonly seed: { readonly accounts: readonly [Item] }
  readonly notes: readonly string[]
}

export interface SeedParts {
  /** Names of zones, for answers that do not have them. */
  readonly zones: readonly string[]
  /** Which account it is, whatever the answers say. */
  readonly account_id: string | undefined
  /** Which it is where neither says. */
  readonly otherwise: string | undefined
}

const unnamed: SeedParts = { zones: [], account_id: undefined, otherwise: undefined }
/** Nothing secret is in a seed: the API shows no secrets. */
export function seedOf(
  answers: SavedAnswers,
  { zones, account_id, otherwise } = unnamed,
): MadeSeed {
  const notes: string[] = []
  const { applications } = answers
  if (applications.length === 0 && answers.policies.length === 0) {
    throw new AccessUsageError({
      what: 'There is no application and no policy among the answers.',
      todo: 'Save those of /access/apps, /access/policies, /access/groups, /access/service_tokens and /access/organizations.',
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
    organization: answers.organization[0] ?? madeUp,
    ...sectionsOf(answers, (each) => isCollection(each) && !isInZone(each)),
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
    notes.push('There is no organization among the answers: its team domain is made up.')
  }
  if (answers.service_tokens.length > 0) {
    notes.push('Service tokens get secrets of the emulator; GET /__access/seed tells them.')
  }
  return { seed: { accounts: [made] }, notes }
}

/** Without an organization the API would answer nothing. */
const madeUp = { name: 'Imported', auth_domain: 'imported.cloudflareaccess.com' } as const

function accountOf(
  { accounts }: SavedAnswers,
  wanted: string | undefined,
  otherwise: string | undefined,
): { readonly id?: string; readonly name?: unknown } {
  if (wanted !== undefined && !hex32().safeParse(wanted).success) {
    throw new AccessUsageError({
      what: `"${wanted}" is no account id.`,
      todo: 'Give its 32 hex characters in --account-id.',
    })
  }
  const [first] = accounts
  const named = wanted === undefined ? first : accounts.find(({ id }) => id === wanted)
  const id = [wanted, first?.id, otherwise].find((each) => hex32().safeParse(each).success)
  // A single answer without an id can only be that of the account that is meant.
  return { ...(typeof id === 'string' ? { id } : {}), name: named?.name }
}

/** Ids of the policies that an application has for itself. */
function ownPolicies({ applications }: SavedAnswers): ReadonlySet<unknown> {
  const embedded = applications.flatMap((application) => listOf(application.policies))
  return new Set(embedded.filter(({ reusable }) => reusable !== true).map(({ id }) => id))
}

/** Those of the list, and those that applications embed. */
function reusablePolicies(answers: SavedAnswers): readonly Item[] {
  const { policies, applications } = answers
  const own = ownPolicies(answers)
  const embedded = applications
    .flatMap((application) => listOf(application.policies))
    .filter(({ reusable }) => reusable === true)
  const listed = policies.filter(({ id, reusable }) => reusable !== false && !own.has(id))
  return unique([...listed, ...embedded]).map(({ precedence: _, ...policy }): Item => policy)
}

/** The answer of an application's policies does not say which application it is; only the application itself does. */
function withoutPlace(answers: SavedAnswers): readonly string[] {
  const own = ownPolicies(answers)
  return unique(answers.policies)
    .filter(({ id, reusable }) => reusable === false && !own.has(id))
    .map(
      (policy) =>
        `The ${nameOf('policies', policy)} is one application's own, and no application among the answers has it: left out. Save GET /access/apps too.`,
    )
}

/** Oldest first, as a seed makes them. A list that is not in this order is read as newest first, also within a second. */
function oldestFirst(applications: readonly Item[]): readonly Item[] {
  const made = ({ created_at }: Item) => (typeof created_at === 'string' ? created_at : '')
  const isOldestFirst = applications.some((each, index) => {
    const before = applications[index - 1]
    return before !== undefined && made(before) < made(each)
  })
  const inOrder = isOldestFirst ? [...applications] : applications.toReversed()
  return inOrder.sort((a, b) => Number(made(a) > made(b)) - Number(made(a) < made(b)))
}

/** Groups after the groups that they name. */
function inOrder(groups: readonly Item[]): readonly Item[] {
  const placed: Item[] = []
  const waiting = [...groups]
  while (waiting.length > 0) {
    const ids = new Set(waiting.map(({ id }) => id))
    const index = waiting.findIndex(
      (group) => !rulesOf(group).some((rule) => ids.has(idIn(rule, 'group'))),
    )
    // A circle cannot be planted; its rules are noted one by one.
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

/** A rule that names what is not among the answers matches nobody; the emulator, like the API, takes no such rule. */
function withKnownRules(
  item: Item,
  { known, what, notes }: { known: ReadonlySet<unknown>; what: string; notes: string[] },
): Item {
  const isKnown = (rule: Item) => {
    const id = idIn(rule, 'group') ?? idIn(rule, 'service_token')
    if (id === undefined || known.has(id)) return true
    notes.push(
      `The ${what} "${item.name}" names ${id}, which is not among the answers: that rule is left out.`,
    )
    return false
  }
  const kept = lists.flatMap((name) =>
    Array.isArray(item[name]) ? [[name, listOf(item[name]).filter(isKnown)] as const] : [],
  )
  return { ...item, ...Object.fromEntries(kept) }
}

/** A tag that only an application names is one too. */
function tagsOf({ tags, applications }: SavedAnswers): readonly Item[] {
  const named = applications.flatMap(({ tags: names }) =>
    Array.isArray(names) ? names.map((name: unknown) => ({ name })) : [],
  )
  return uniqueBy([...tags, ...named], ({ name }) => name).map(({ app_count: _, ...tag }) => tag)
}
