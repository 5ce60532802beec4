/** What earlier runs left in a live account: found by the names that only a run makes, and removed on request. */
import type { ApiClient } from '../api.ts'

export interface Leftover {
  readonly kind: string
  readonly name: string
  readonly id: string
  remove(): Promise<unknown>
}

/** `<prefix>-<what>-<run in base 36>-<number>`, alone or as the first label of a host. */
function namePattern(prefix: string): RegExp {
  const literal = prefix.replaceAll(/[^\w]/g, '\\$&')
  return new RegExp(`^(renamed )?${literal}-[\\w-]+-[0-9a-z]{6,}-\\d+(?=$|\\.|/)`)
}

/**
 * In the order in which they can be removed: what names another comes before it. `ofZone` is a client of the zone.
 * An object of yours that is named like a run's own, to the last number, would be found too.
 */
export async function leftovers(
  api: ApiClient,
  ofZone: Pick<ApiClient, 'dnsRecords' | 'workerRoutes'>,
  prefix: string,
): Promise<readonly Leftover[]> {
  const pattern = namePattern(prefix)
  const found: Leftover[] = []
  const look = async <Item>(
    kind: string,
    items: AsyncIterable<Item>,
    told: (item: Item) => Omit<Leftover, 'kind'>,
  ) => {
    for await (const item of items) {
      const each = told(item)
      if (pattern.test(each.name)) found.push({ kind, ...each })
    }
  }
  await look('application', api.applications.list(), ({ id, name = '', domain }) => ({
    id,
    // Some cases name it otherwise, but its host is always a run's own.
    name: pattern.test(name) ? name : (domain ?? ''),
    remove: () => api.applications.delete({ app_id: id }),
  }))
  await look('policy', api.reusablePolicies.list(), ({ id, name }) => ({
    id,
    name,
    remove: () => api.reusablePolicies.delete({ policy_id: id }),
  }))
  await look('group', api.groups.list(), ({ id, name }) => ({
    id,
    name,
    remove: () => api.groups.delete({ group_id: id }),
  }))
  await look('service token', api.serviceTokens.list(), ({ id, name }) => ({
    id,
    name,
    remove: () => api.serviceTokens.delete({ service_token_id: id }),
  }))
  await look('identity provider', api.identityProviders.list(), ({ id, name }) => ({
    id,
    name,
    remove: () => api.identityProviders.delete({ identity_provider_id: id }),
  }))
  await look('tag', api.tags.list(), ({ name }) => ({
    id: name,
    name,
    remove: () => api.tags.delete({ tag_name: name }),
  }))
  await look('DNS record', ofZone.dnsRecords.list(), ({ id, name }) => ({
    id,
    name,
    remove: () => ofZone.dnsRecords.delete({ dns_record_id: id }),
  }))
  for (const { id, pattern: name } of await ofZone.workerRoutes.list()) {
    const remove = () => ofZone.workerRoutes.delete({ route_id: id })
    if (pattern.test(name)) found.push({ kind: 'Worker route', id, name, remove })
  }
  return found
}
