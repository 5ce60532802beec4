/** A seed from what the API answered: every object with its ids, so that the account is the same on an emulator. */

import { dnsRecordTypes } from '../../contracts/api/dns-records.ts'
import { isObject } from '../../contracts/json.ts'
import { isWithin } from '../../contracts/primitives.ts'
import { AccessUsageError } from '../errors.ts'
import type { Answers, Item } from './kinds.ts'

export interface MadeSeed {
  readonly seed: { readonly accounts: readonly [Item] }
  readonly notes: readonly string[]
}

/** `zones`: names of zones, for answers that do not have them. Nothing secret is in a seed: the API shows no secrets. */
export function seedOf(answers: Answers, zones: readonly string[]): MadeSeed {
  const notes: string[] = []
  const { applications } = answers
  if (applications.length === 0 && answers.policies.length === 0) {
    throw new AccessUsageError({
      what: 'There is no application and no policy among the answers.',
      todo: 'Save those of /access/apps, /access/policies, /access/groups, /access/service_tokens and /access/organizations.',
    })
  }
  const account = answers.accounts[0] ?? {}
  const policies = reusablePolicies(answers)
  const reusable = new Set(policies.map(({ id }) => id))
  const known = knownIds(answers)
  const whole = (item: Item, what: string) => withKnownRules(item, { known, what, notes })
  const made: Record<string, unknown> = {
    ...(typeof account.id === 'string' ? { id: account.id } : {}),
    name: typeof account.name === 'string' ? account.name : 'Imported account',
    zones: zonesOf(answers, zones, notes),
    organization: answers.organizations[0] ?? madeUp,
    identity_providers: unique(answers.identity_providers),
    tags: tagsOf(answers),
    service_tokens: unique(answers.service_tokens),
    groups: inOrder(unique(answers.groups)).map((group) => whole(group, 'group')),
    policies: policies.map((policy) => whole(policy, 'policy')),
    applications: unique(applications).map((application) => ({
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
  if (answers.organizations[0] === undefined) {
    notes.push('There is no organization among the answers: its team domain is made up.')
  }
  if (answers.service_tokens.length > 0) {
    notes.push('Service tokens get secrets of the emulator; GET /__access/seed tells them.')
  }
  return { seed: { accounts: [made] }, notes }
}

/** Without an organization the API would answer nothing. */
const madeUp = { name: 'Imported', auth_domain: 'imported.cloudflareaccess.com' } as const

/** Those of the list, and those that applications embed. */
function reusablePolicies({ policies, applications }: Answers): readonly Item[] {
  const embedded = applications
    .flatMap((application) => listOf(application.policies))
    .filter(({ reusable }) => reusable === true)
    .map(({ precedence: _, ...policy }): Item => policy)
  return unique([...policies.filter(({ reusable }) => reusable !== false), ...embedded])
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

function knownIds({ groups, service_tokens }: Answers): ReadonlySet<unknown> {
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
function tagsOf({ tags, applications }: Answers): readonly Item[] {
  const named = applications.flatMap(({ tags: names }) =>
    Array.isArray(names) ? names.map((name: unknown) => ({ name })) : [],
  )
  return uniqueBy([...tags, ...named], ({ name }) => name).map(({ app_count: _, ...tag }) => tag)
}

function zonesOf(answers: Answers, given: readonly string[], notes: string[]): readonly Item[] {
  const found = answers.zones.length > 0 ? answers.zones : given.map((name): Item => ({ name }))
  const zones = found.length > 0 ? found : guessed(answers, notes)
  return zones.map(({ id, name }) => {
    const isBelow = (host: unknown) => typeof host === 'string' && isWithin(host, String(name))
    const records = answers.dns_records.filter(({ zone_id, name: host, type }) => {
      const isBuilt = (dnsRecordTypes as readonly unknown[]).includes(type)
      return isBuilt && (zone_id === undefined ? isBelow(host) : zone_id === id)
    })
    const routes = answers.worker_routes.filter(({ zone_id, pattern }) =>
      zone_id === undefined ? isBelow(String(pattern).split('/')[0]) : zone_id === id,
    )
    const bare = ({ zone_id: _, zone_name: _name, ...item }: Item) => item
    return {
      ...(typeof id === 'string' ? { id } : {}),
      name,
      ...(records.length === 0 ? {} : { dns_records: unique(records).map(bare) }),
      ...(routes.length === 0 ? {} : { worker_routes: unique(routes).map(bare) }),
    }
  })
}

/** The last two labels of each domain: right for `example.com`, wrong for `example.co.uk`. */
function guessed({ applications }: Answers, notes: string[]): readonly Item[] {
  const hosts = applications.flatMap(({ domain, self_hosted_domains, type }) =>
    type === 'self_hosted' ? [domain, self_hosted_domains].flat() : [],
  )
  const names = hosts.flatMap((host) =>
    typeof host === 'string' ? [host.split('/')[0]?.split('.').slice(-2).join('.') ?? ''] : [],
  )
  const zones = [...new Set(names)]
  if (zones.length > 0) {
    notes.push(
      `There is no zone among the answers: taken to be ${zones.join(', ')} (--zone says it).`,
    )
  }
  return zones.map((name) => ({ name }))
}

function listOf(value: unknown): readonly Item[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function unique(items: readonly Item[]): readonly Item[] {
  return uniqueBy(items, ({ id }) => id)
}

function uniqueBy(items: readonly Item[], key: (item: Item) => unknown): readonly Item[] {
  const seen = new Set<unknown>()
  return items.filter((item) => {
    const is = key(item)
    if (is !== undefined && seen.has(is)) return false
    seen.add(is)
    return true
  })
}
