/** Reads the application and its surroundings through the API, and keeps the answers as received. */
import { isObject } from '../../contracts/declaration/json.ts'
import { lookUpAud } from '../api/aud-lookup.ts'
import { type Drift, differs, driftWords } from '../api/drift.ts'
import type { ApiReader, Reading } from '../api/reader.ts'
import type { Pair } from '../target/credentials.ts'
import { AccessError } from '../transport/errors.ts'
import type { CapturedTraffic } from './recording.ts'

export interface ReadAccount {
  /** By file name, without `.json`. */
  readonly found: Readonly<Record<string, unknown>>
  readonly unread: readonly string[]
  readonly drift: readonly Drift[]
  readonly aud: string | undefined
  readonly team: string | undefined
}

interface AccountReading {
  readonly api: ApiReader | undefined
  readonly url: URL
  readonly pair: Pair | undefined
  readonly recording: CapturedTraffic
}
type Part = Pick<Reading<unknown>, 'raw' | 'drift' | 'refusal'>

export async function readAccount({
  api,
  url,
  pair,
  recording,
}: AccountReading): Promise<ReadAccount> {
  const found: Record<string, unknown> = {}
  const unread: string[] = []
  const all: Drift[] = []

  async function take<R extends Part>(name: string, ask: () => Promise<R>): Promise<R | undefined> {
    recording.about(`API: ${name}`)
    try {
      const read = await ask()
      const { raw, drift, refusal } = read
      if (raw !== undefined && raw !== null) found[name] = raw
      all.push(...drift)
      if (refusal !== undefined) unread.push(`${name}: ${refusal.message}`)
      else if (raw === undefined && drift.some(differs)) {
        unread.push(`${name}: ${drift.filter(differs).map(driftWords).join('; ')}`)
      }
      return read
    } catch (error) {
      if (!(error instanceof AccessError)) throw error
      unread.push(`${name}: ${error.message}`)
      return undefined
    }
  }

  if (api === undefined) return { found, unread, drift: all, aud: undefined, team: undefined }
  const organization = await take('organization', () => api.organizations.get())
  const looked = await take('application', async () => {
    const { aud, application: raw, drift } = await lookUpAud(api, url)
    return { aud, raw, drift, refusal: undefined }
  })
  const { application } = found
  if (isObject(application) && application.policies !== undefined) {
    found.policies = application.policies
  }
  await take('zone', async () => {
    const zones = await api.zones.list()
    const zone = zones.value?.find(({ name }) => name && `.${url.hostname}`.endsWith(`.${name}`))
    const raw = zone === undefined ? noneOf(zones) : { id: zone.id, name: zone.name }
    return { ...zones, raw }
  })
  await take('identity_providers', () => api.identityProviders.list())
  if (pair !== undefined) {
    await take('service_token', async () => {
      const tokens = await api.serviceTokens.list()
      const items: readonly unknown[] = Array.isArray(tokens.raw) ? tokens.raw : []
      const raw = items.find((each) => isObject(each) && each.client_id === pair.client_id)
      return { ...tokens, raw: raw ?? noneOf(tokens) }
    })
  }
  return {
    found,
    unread,
    drift: all,
    aud: looked?.aud,
    team: organization?.value?.auth_domain,
  }
}

/** Null if the list was read and lacks the item; undefined if it could not be read. */
function noneOf({ value }: { readonly value: unknown }): null | undefined {
  return value === undefined ? undefined : null
}
