/** Answers of the API from a live account. It is only read. */
import { isObject } from '../../contracts/json.ts'
import type { ApiClient } from '../api.ts'
import { AccessApiError } from '../errors.ts'
import type { Read } from './files.ts'
import { type Item, type Kind, noAnswers } from './kinds.ts'

interface Reading {
  readonly api: ApiClient
  readonly account_id: string
  /** A client of one zone. */
  readonly ofZone: (zone_id: string) => ApiClient
  /** Names of the zones wanted; all of the account where empty. */
  readonly zones: readonly string[]
}

/** What the API token may not read is noted and left out. */
export async function readAccount({ api, account_id, ofZone, zones }: Reading): Promise<Read> {
  const answers = noAnswers()
  const notes: string[] = []

  async function take(kind: Kind, what: string, ask: () => Promise<unknown>): Promise<void> {
    try {
      answers[kind].push(...[await ask()].flat().filter(isObject))
    } catch (error) {
      const isForbidden = error instanceof AccessApiError && [401, 403].includes(error.status)
      if (!isForbidden) throw error
      notes.push(`The API token may not read ${what}: left out.`)
    }
  }

  await take('accounts', 'the account', () => api.accounts.get({ account_id }))
  await take('organizations', 'the organization', () => api.organizations.get())
  await take('identity_providers', 'identity providers', () => api.identityProviders.list().all())
  await take('tags', 'tags', () => api.tags.list().all())
  await take('service_tokens', 'service tokens', () => api.serviceTokens.list().all())
  await take('groups', 'groups', () => api.groups.list().all())
  await take('policies', 'reusable policies', () => api.reusablePolicies.list().all())
  await take('applications', 'applications', () => api.applications.list().all())
  await take('zones', 'zones', async () => {
    const all = await api.zones.list({ query: { 'account.id': account_id } }).all()
    return all.filter(({ name }) => zones.length === 0 || zones.includes(name))
  })
  for (const { id, name } of answers.zones) {
    if (typeof id !== 'string') continue
    const zone = ofZone(id)
    const within = async (items: Promise<readonly object[]>) =>
      (await items).map((item): Item => ({ ...item, zone_id: id }))
    await take('dns_records', `DNS records of ${name}`, () => within(zone.dnsRecords.list().all()))
    await take('worker_routes', `Worker routes of ${name}`, () => within(zone.workerRoutes.list()))
  }
  return { answers, notes }
}
