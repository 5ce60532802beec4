/** What earlier runs left in a live account: found by the names that only a run makes, and removed on request. */
import type { ApiReader, Reading } from '../api/reader.ts'
import type { Partially } from '../api/reading.ts'

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
  api: ApiReader,
  ofZone: Pick<ApiReader, 'dnsRecords' | 'workerRoutes'>,
  prefix: string,
): Promise<readonly Leftover[]> {
  const pattern = namePattern(prefix)
  const found: Leftover[] = []
  const look = <Item>(
    kind: string,
    { value = [], refusal }: Reading<readonly Item[]>,
    told: (item: Partially<Item>) => SweepProgress,
  ) => {
    if (refusal !== undefined) throw refusal
    for (const { id, name = '', remove } of value.map(told)) {
      if (id === undefined || !pattern.test(name)) continue
      const removed = async () => {
        const { refusal: refused } = await remove(id)
        if (refused !== undefined) throw refused
      }
      found.push({ kind, id, name, remove: removed })
    }
  }
  look('application', await api.applications.list(), ({ id, name = '', domain }) => ({
    id,
    // Some cases name it otherwise, but its host is always a run's own.
    name: pattern.test(name) ? name : (domain ?? ''),
    remove: (app_id) => api.applications.delete({ app_id }),
  }))
  look('policy', await api.reusablePolicies.list(), ({ id, name }) => ({
    id,
    name,
    remove: (policy_id) => api.reusablePolicies.delete({ policy_id }),
  }))
  look('group', await api.groups.list(), ({ id, name }) => ({
    id,
    name,
    remove: (group_id) => api.groups.delete({ group_id }),
  }))
  look('service token', await api.serviceTokens.list(), ({ id, name }) => ({
    id,
    name,
    remove: (service_token_id) => api.serviceTokens.delete({ service_token_id }),
  }))
  look('identity provider', await api.identityProviders.list(), ({ id, name }) => ({
    id,
    name,
    remove: (identity_provider_id) => api.identityProviders.delete({ identity_provider_id }),
  }))
  look('tag', await api.tags.list(), ({ name }) => ({
    id: name,
    name,
    remove: (tag_name) => api.tags.delete({ tag_name }),
  }))
  look('DNS record', await ofZone.dnsRecords.list(), ({ id, name }) => ({
    id,
    name,
    remove: (dns_record_id) => ofZone.dnsRecords.delete({ dns_record_id }),
  }))
  look('Worker route', await ofZone.workerRoutes.list(), ({ id, pattern: name }) => ({
    id,
    name,
    remove: (route_id) => ofZone.workerRoutes.delete({ route_id }),
  }))
  return found
}

interface SweepProgress {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly remove: (id: string) => Promise<Pick<Reading<unknown>, 'refusal'>>
}
