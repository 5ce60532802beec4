/** Service tokens: the secret is shown once, a rotation has a grace period, and a token in use cannot be deleted. */

import type { Rule, RuleLists } from '../../contracts/api/rules.ts'
import {
  serviceTokens as contract,
  type ServiceToken,
  type ServiceTokenMaybeSecret,
  type ServiceTokenWithSecret,
  serviceTokenDefaults,
} from '../../contracts/api/service-tokens.ts'
import { durationSeconds } from '../../contracts/declaration/primitives.ts'
import { fail } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import { tombstoneOf } from '../account/holder.ts'
import { withExtra } from '../http/check.ts'
import type { ServiceTokenRow } from '../state/rows.ts'
import { timestampAt } from '../state/timestamps.ts'
import { clientSecret, hex } from '../world/ids.ts'
import { type ApiContext, type HandlersOf, nowOf } from './context.ts'
import { crud, onRow } from './crud.ts'
import { keptOf } from './parts.ts'
import type { Written } from './ways.ts'

function view(row: ServiceTokenRow): ServiceToken {
  const known = {
    id: row.id,
    name: row.name,
    client_id: row.client_id,
    duration: row.duration,
    ...(row.enabled ? {} : { enabled: false }),
    created_at: row.created_at,
    updated_at: row.updated_at,
    expires_at: shownExpiry(row),
    ...(row.last_seen_at === undefined ? {} : { last_seen_at: row.last_seen_at }),
  }
  return withExtra(known, row.extra)
}

const centuryMs = 100 * 365 * 86_400_000

/** Also a token that never expires has a date (api-service-token-forever). */
export function shownExpiry({
  expires_at,
  created_at,
}: Pick<ServiceTokenRow, 'expires_at' | 'created_at'>): string {
  return expires_at ?? timestampAt(Date.parse(created_at) + centuryMs)
}

/** Only create, rotate and a PUT that raises the version show the secret (api-service-tokens). */
function viewWithSecret(row: ServiceTokenRow): ServiceTokenWithSecret {
  const { previous_client_secret: previous } = row
  const known = {
    ...view(row),
    client_secret: row.client_secret,
    client_secret_version: row.client_secret_version,
    ...(previous === undefined ? {} : { previous_client_secret_expires_at: previous.expires_at }),
  }
  return withExtra(known, row.extra)
}

function expiry(duration: string, fromMs: number): string | null {
  if (duration === 'forever') return null
  return timestampAt(fromMs + (durationSeconds(duration) ?? 0) * 1000)
}

/** A secret for the token. Its bytes depend on the version, so that each rotation gives a new one. */
function secretOf(context: ApiContext, id: string, version: number): string {
  return clientSecret(context.world.bytes(64, context.account.id, 'client_secret', id, version))
}

/** The row after a rotation. The old secret stays valid until `graceUntil`; without it, it expires immediately. */
function rotatedRow(
  row: ServiceTokenRow,
  context: ApiContext,
  to: { readonly version: number; readonly graceUntil: string | undefined },
): ServiceTokenRow {
  const { previous_client_secret: _, ...kept } = row
  const expires_at = timestampAt(
    to.graceUntil === undefined ? context.nowMs : Date.parse(to.graceUntil),
  )
  return {
    ...kept,
    client_secret: secretOf(context, row.id, to.version),
    client_secret_version: to.version,
    previous_client_secret: { value: row.client_secret, expires_at },
    updated_at: nowOf(context),
  }
}

/** Without a rotation, `graceUntil` moves the old secret's expiry, even into the past (api-service-token-rotation). */
function graceMoved(
  row: ServiceTokenRow,
  graceUntil: string | undefined,
): Written<ServiceTokenRow, ServiceTokenMaybeSecret> {
  const previous = row.previous_client_secret
  if (graceUntil === undefined || previous === undefined) {
    return { row }
  }
  const expires_at = timestampAt(Date.parse(graceUntil))
  const put = { ...row, previous_client_secret: { ...previous, expires_at } }
  const { client_secret: _, ...result } = viewWithSecret(put)
  return { row: put, result: withExtra(result, put.extra) }
}

const five = crud(contract, {
  view,
  create({ body, extra }, context) {
    const minted = context.account.mint('service_token', body.name, {
      explicit: context.explicit?.id,
    })
    const version = body.client_secret_version ?? serviceTokenDefaults.client_secret_version
    const duration = body.duration ?? serviceTokenDefaults.duration
    const row: ServiceTokenRow = {
      id: minted.id,
      name: body.name,
      client_id: `${hex(minted.bytes(16, 'client_id'))}.access`,
      duration,
      enabled: body.enabled ?? serviceTokenDefaults.enabled,
      created_at: nowOf(context),
      updated_at: nowOf(context),
      expires_at: expiry(duration, context.nowMs),
      client_secret: secretOf(context, minted.id, version),
      client_secret_version: version,
      extra,
    }
    return { row, changes: [minted.change], result: viewWithSecret(row) }
  },
  replace(row, { body, extra, reset }, context) {
    const kept = keptOf(row, { extra, reset }, serviceTokenDefaults)
    const duration = body.duration ?? kept.duration
    const isOther = duration !== row.duration
    const changed: ServiceTokenRow = {
      ...kept,
      // Not a setting that can be reset: only a higher version changes it.
      client_secret_version: row.client_secret_version,
      name: body.name ?? row.name,
      enabled: body.enabled ?? kept.enabled,
      duration,
      expires_at: isOther ? expiry(duration, context.nowMs) : row.expires_at,
      updated_at: nowOf(context),
    }
    const version = body.client_secret_version ?? row.client_secret_version
    const graceUntil = body.previous_client_secret_expires_at
    if (version <= row.client_secret_version) return graceMoved(changed, graceUntil)
    const rotated = rotatedRow(changed, context, { version, graceUntil })
    return { row: rotated, result: viewWithSecret(rotated) }
  },
  inUse: (row, { account }) => (isUsed(account, row.id) ? fail('service_token_in_use') : undefined),
  deleted: (row) => [tombstoneOf(row)],
})

/** A policy or group names it. */
function isUsed(account: Account, id: string): boolean {
  const { policies, groups } = account.state.tables
  const names = (rule: Rule) => 'service_token' in rule && rule.service_token.token_id === id
  const uses = (lists: RuleLists) =>
    [...lists.include, ...lists.exclude, ...lists.require].some(names)
  return policies.all().some(uses) || groups.all().some(uses)
}

export const serviceTokens: HandlersOf<typeof contract> = {
  ...five,
  rotate: onRow(contract, (row, { body }, context) => {
    const rotated = rotatedRow(row, context, {
      version: row.client_secret_version + 1,
      graceUntil: body?.previous_client_secret_expires_at,
    })
    return {
      result: viewWithSecret(rotated),
      changes: [{ table: 'service_tokens', put: rotated }],
    }
  }),
  refresh: onRow(contract, (row, _call, context) => {
    const refreshed: ServiceTokenRow = {
      ...row,
      expires_at: expiry(row.duration, context.nowMs),
      updated_at: nowOf(context),
    }
    return { result: view(refreshed), changes: [{ table: 'service_tokens', put: refreshed }] }
  }),
}
