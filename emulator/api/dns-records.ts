/** The DNS records of a zone: name, type and content must be valid together, and records must not conflict. */
import {
  dnsRecords as contract,
  type DnsRecord,
  type DnsRecordType,
  dnsRecordDefaults,
  dnsRecordTypes,
} from '../../contracts/api/dns-records.ts'
import type { FailureNameOf } from '../../contracts/declaration/endpoint.ts'
import type { Extra } from '../../contracts/declaration/row.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import { withExtra } from '../http/check.ts'
import type { DnsRecordRow } from '../state/rows.ts'
import { shortTimestampAt } from '../state/timestamps.ts'
import { type ApiContext, type HandlersOf, zoneOf } from './context.ts'
import { crud, onRow } from './crud.ts'
import { inOrder, isShown } from './dns-filters.ts'
import { keptContent, wholeName } from './dns-values.ts'
import { keptOf } from './parts.ts'

type CreateFailure = Failure<FailureNameOf<(typeof contract)['operations']['create']>>
/** The settings of a record, without its id and times. */
type Said = Pick<
  DnsRecordRow,
  'name' | 'type' | 'content' | 'proxied' | 'ttl' | 'settings' | 'comment' | 'tags' | 'extra'
>
type RecordInput = { readonly name: string; readonly type: string; readonly extra: Extra } & {
  readonly [K in Exclude<keyof Said, 'name' | 'type' | 'extra'>]?: Said[K] | undefined
}

const isBuilt = (type: string): type is DnsRecordType =>
  (dnsRecordTypes as readonly string[]).includes(type)
const isProxiable = (type: DnsRecordType) => type !== 'TXT'

function view({ zone_id: _, extra, ...row }: DnsRecordRow): DnsRecord {
  const known = { ...row, proxiable: isProxiable(row.type), meta: {} }
  return withExtra(known, extra)
}

/** The settings to store, or why they are refused. @param id the id of the record that is replaced, if any */
function judged(given: RecordInput, context: ApiContext, id?: string): Said | CreateFailure {
  const { type, ttl = dnsRecordDefaults.ttl, proxied = dnsRecordDefaults.proxied } = given
  if (!isBuilt(type)) return fail('not_emulated', `DNS records of type ${type}`)
  const name = wholeName(given.name, zoneOf(context).name)
  if (isRefusal(name)) return name
  const content = keptContent(type, given.content)
  if (isRefusal(content)) return content
  if (proxied && !isProxiable(type)) return fail('record_not_proxiable')
  const isTtl = ttl === 1 || (Number.isInteger(ttl) && ttl >= 60 && ttl <= 86_400)
  if (!isTtl) return fail('ttl_invalid')
  if (type === 'CNAME' && content === name) return fail('cname_loop')
  return (
    conflict({ name, type, content }, context, id) ?? {
      name,
      type,
      content,
      proxied,
      // A proxied record always has the automatic TTL (api-dns-proxied-ttl).
      ttl: proxied ? 1 : ttl,
      settings: given.settings ?? (type === 'CNAME' ? { flatten_cname: false } : {}),
      comment: given.comment || null,
      tags: given.tags ?? [],
      extra: given.extra,
    }
  )
}

function isRefusal<F extends Failure>(value: string | F): value is F {
  return typeof value !== 'string'
}

/** A name may have either address records or one CNAME, not both (api-dns-refusals). */
function conflict(
  { name, type, content }: Pick<Said, 'name' | 'type' | 'content'>,
  context: ApiContext,
  id: string | undefined,
): CreateFailure | undefined {
  const others = context.account.state.tables.dns_records
    .by('name', name)
    .filter((row) => row.zone_id === zoneOf(context).id && row.id !== id)
  if (type === 'CNAME') {
    return others.some((row) => row.type !== 'TXT') ? fail('host_has_record') : undefined
  }
  if (type !== 'TXT' && others.some((row) => row.type === 'CNAME')) return fail('host_has_cname')
  const isThere = others.some((row) => row.type === type && row.content === content)
  return isThere ? fail('dns_record_exists') : undefined
}

/** The times of the last change of comment and tags are present only if there are any (the official client). */
function stamped(said: Said, old: DnsRecordRow | undefined, now: string) {
  const commentAt = said.comment === old?.comment ? old.comment_modified_on : now
  const areSame = said.tags.join('\n') === old?.tags.join('\n')
  const tagsAt = areSame ? old?.tags_modified_on : now
  return {
    created_on: old?.created_on ?? now,
    modified_on: now,
    ...(said.comment === null || commentAt === undefined ? {} : { comment_modified_on: commentAt }),
    ...(said.tags.length === 0 || tagsAt === undefined ? {} : { tags_modified_on: tagsAt }),
  }
}

function replaced(old: DnsRecordRow, given: RecordInput, context: ApiContext) {
  const said = judged(given, context, old.id)
  if ('failure' in said) return said
  const now = shortTimestampAt(context.nowMs)
  const row: DnsRecordRow = {
    id: old.id,
    zone_id: old.zone_id,
    ...said,
    ...stamped(said, old, now),
  }
  return { row }
}

const five = crud(contract, {
  view,
  shows: isShown,
  inOrder,
  create({ body, extra }, context) {
    const said = judged({ ...body, extra }, context)
    if ('failure' in said) return said
    const zone = zoneOf(context)
    const minted = context.account.mint('dns_record', `${zone.name} ${said.type} ${said.name}`, {
      explicit: context.explicit?.id,
      hexFor: 'record_id',
    })
    const row: DnsRecordRow = {
      id: minted.id,
      zone_id: zone.id,
      ...said,
      ...stamped(said, undefined, shortTimestampAt(context.nowMs)),
    }
    return { row, changes: [minted.change] }
  },
  replace: (old, { body, extra }, context) => replaced(old, { ...body, extra }, context),
})

export const dnsRecords: HandlersOf<typeof contract> = {
  ...five,
  edit: onRow(contract, (old, { body, extra, reset }, context) => {
    const { name = old.name, type = old.type } = body
    const kept = keptOf(old, { extra, reset })
    const written = replaced(old, { ...kept, ...body, name, type }, context)
    if ('failure' in written) return written
    return { result: view(written.row), changes: [{ table: 'dns_records', put: written.row }] }
  }),
}
