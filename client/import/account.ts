/** Reads a live account through the API; it never writes. */
import { inOrderOfMaking } from '../../contracts/api/making-order.ts'
import { isObject } from '../../contracts/declaration/json.ts'
import { isCreatable, isInZone, type Resource } from '../../contracts/declaration/resource.ts'
import { differs, driftWords } from '../api/drift.ts'
import { type ApiReader, operationsOf, type Reading } from '../api/reader.ts'
import type { AccessApiError } from '../transport/errors.ts'
import type { ReadFile } from './files.ts'
import { type ImportedKind, noAnswers } from './kinds.ts'

interface Source {
  readonly api: ApiReader
  readonly account_id: string
  /** A reader of one zone. */
  readonly ofZone: (zone_id: string) => ApiReader
  /** Names of the zones to read; if empty, all zones of the account. */
  readonly zones: readonly string[]
}

/** Reads everything that it can; what cannot be read or differs from the contract becomes a note. */
export async function readAccount({ api, account_id, ofZone, zones }: Source): Promise<ReadFile> {
  const answers = noAnswers()
  const notes: string[] = []

  async function take(
    kind: ImportedKind,
    what: string,
    reading: Promise<Reading<unknown>>,
    more: object = {},
  ): Promise<void> {
    const { raw, drift, refusal } = await reading
    const items = [raw].flat().filter(isObject)
    answers[kind].push(...items.map((item) => ({ ...item, ...more })))
    if (refusal !== undefined) notes.push(refusalNote(what, items.length, refusal))
    else if (items.length === 0 && drift.some(differs)) notes.push(`No ${what} could be read.`)
    notes.push(...drift.map(driftWords))
  }

  await take('accounts', 'account', api.accounts.get({ account_id }))
  const tokens = api.accountTokens.list({ query: { include_expired: true } })
  await take('api_tokens', 'API tokens', tokens, { kind: 'account' })
  await take('organization', 'organization', api.organizations.get())
  const collections = inOrderOfMaking().filter(isCreatable)
  for (const each of collections.filter((one) => !isInZone(one))) {
    await take(each.table, each.many, wholeList(api, each))
  }
  await take('zones', 'zones', api.zones.list({ query: { 'account.id': account_id } }))
  if (zones.length > 0) {
    answers.zones = answers.zones.filter(({ name }) => zones.some((wanted) => wanted === name))
  }
  for (const { id, name } of answers.zones) {
    if (typeof id !== 'string' || id === '') continue
    const zone = ofZone(id)
    const within = { zone_id: id }
    for (const each of collections.filter(isInZone)) {
      const what = `${each.many} of ${name}`
      await take(each.table, what, wholeList(zone, each), within)
    }
  }
  return { answers, notes }
}

/** The list, each item with the fields that only GET of one object returns. */
async function wholeList(api: ApiReader, resource: Resource): Promise<Reading<unknown>> {
  const { list, get } = operationsOf(api, resource)
  const listed = await list()
  const { onlyGet = [], key = 'id', param } = resource
  if (onlyGet.length === 0) return listed
  const whole: unknown[] = []
  const drift = [...listed.drift]
  let { refusal } = listed
  for (const item of [listed.raw].flat().filter(isObject)) {
    const reading = await get({ [param]: item[key] })
    drift.push(...reading.drift)
    refusal ??= reading.refusal
    // An item without these fields is no use in a seed, so one that cannot be read is left out.
    if (isObject(reading.raw)) whole.push(reading.raw)
  }
  return { value: undefined, raw: whole, drift, refusal }
}

function refusalNote(what: string, count: number, { status, message }: AccessApiError): string {
  if (count > 0) return `Only the first ${count} ${what} could be read: ${message}`
  return [401, 403].includes(status)
    ? `The API token may not read ${what}, so they are left out.`
    : `No ${what} could be read: ${message}`
}
