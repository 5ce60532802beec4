/** Applications: generated ids and AUD tag, and three views of one list of destinations (api-destinations). */

import { applicationProblem } from '../../contracts/api/application-problems.ts'
import {
  applicationDefaults,
  fixedApplicationNames,
} from '../../contracts/api/application-types.ts'
import {
  type Application,
  type ApplicationBody,
  applicationBody,
  applications as contract,
} from '../../contracts/api/applications.ts'
import { recordedDetails } from '../../contracts/api/details.ts'
import type { Notice } from '../../contracts/declaration/envelope.ts'
import type { Extra } from '../../contracts/declaration/row.ts'
import { fail, isFailure } from '../../contracts/errors/errors.ts'
import { leavingHosts } from '../account/known-hosts.ts'
import { unmappedWorkers } from '../account/workers.ts'
import { knownOf, withExtra } from '../http/check.ts'
import type { Call } from '../http/handler.ts'
import { lastingAnswer } from '../http/lasting.ts'
import { perRow } from '../state/per-row.ts'
import type { ApplicationRow, PolicyRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { hex } from '../world/ids.ts'
import {
  type DestinationsFailure,
  destinationsOf,
  destinationsProblem,
} from './application-destinations.ts'
import { isShown, newestFirst } from './application-list.ts'
import { type ApiContext, type HandlersOf, nowOf } from './context.ts'
import { crud, onRow } from './crud.ts'
import { withoutReset } from './parts.ts'
import { embedded, linkAll, linkedPolicies, removalOf } from './policy-links.ts'
import { saasParts, withCertificate } from './saas.ts'
import { policyCheck } from './user-policy-checks.ts'

function view(
  row: ApplicationRow,
  { account }: Pick<ApiContext, 'account'>,
  pending: readonly Change[] = [],
): Application {
  const shown = account.behaviour('api.embedded_policy_reusable') ? withReusable : withoutReusable
  return shown(row, ...linkedPolicies(account, row, pending))
}

function viewing(saysReusable: boolean) {
  return perRow((row: ApplicationRow, ...linked: readonly PolicyRow[]): Application => {
    const { links, revoked_at: _, saas_secret: __, extra, ...known } = row
    const policies = embedded(links, linked, saysReusable)
    return lastingAnswer(withExtra({ ...known, policies }, extra))
  })
}
const withReusable = viewing(true)
const withoutReusable = viewing(false)

/** The fields of a body over the defaults of its type; omitted fields return to their defaults. */
function fieldsOf(body: ApplicationBody) {
  const { policies: _, ...known } = knownOf(body, applicationBody())
  const fixed = fixedApplicationNames[body.type]
  return {
    ...applicationDefaults(body.type),
    ...known,
    ...(fixed === undefined ? {} : { name: fixed }),
    ...destinationsOf(body),
    ...(body.tags === undefined ? {} : { tags: [...body.tags].sort() }),
  }
}

function problemOf(
  body: ApplicationBody,
  before: ApplicationRow | undefined,
  context: ApiContext,
): DestinationsFailure | undefined {
  const problem = applicationProblem(body)
  if (problem !== undefined) return fail('invalid_request', problem)
  const { tags } = context.account.state.tables
  if ((body.tags ?? []).some((tag) => tags.get(tag) === undefined)) {
    return fail('invalid_request', recordedDetails.unknownTag)
  }
  return destinationsProblem(body, before, context)
}

/** The emulator's own code: Cloudflare knows every Worker of the account, so it needs none. */
const workerWithoutHost = 19502

/** Warnings about an application that looks as if it protected something, but does not. */
function warnings(row: ApplicationRow, { account }: ApiContext): readonly Notice[] {
  return unmappedWorkers(account, row).map((message) => ({ code: workerWithoutHost, message }))
}

function withSecret(shown: Application, secret: string | undefined): Application {
  if (secret === undefined) return shown
  return { ...shown, saas_app: { ...shown.saas_app, client_secret: secret } }
}

interface MintedApplication {
  readonly id: string
  readonly aud: string
  readonly created_at: string
}

function rowOf(
  body: ApplicationBody,
  { id, aud, created_at }: MintedApplication,
  kept: Pick<ApplicationRow, 'links' | 'revoked_at'>,
  extra: Extra,
  context: ApiContext,
): ApplicationRow {
  const { type, name, ...fields } = fieldsOf(body)
  return {
    id,
    uid: id,
    type,
    ...(name === undefined ? {} : { name }),
    aud,
    created_at,
    updated_at: nowOf(context),
    ...fields,
    ...kept,
    extra,
  }
}

const five = crud(contract, {
  view: (row, context) => view(row, context),
  rows({ account }) {
    const all = account.state.tables.applications.all()
    return account.behaviour('api.applications_order') === 'newest_first' ? newestFirst(all) : all
  },
  shows: isShown,
  create({ body, extra }, context) {
    const problem = problemOf(body, undefined, context)
    if (problem !== undefined) return problem
    const naturalKey = destinationsOf(body).domain ?? `${body.type}:${body.name ?? ''}`
    const { explicit } = context
    const minted = context.account.mint('application', naturalKey, { explicit: explicit?.id })
    const linked = linkAll(body.policies ?? [], { id: minted.id, links: [] }, context)
    if (isFailure(linked)) return linked
    const aud = explicit?.aud ?? hex(minted.bytes(32, 'aud'))
    const identity = { id: minted.id, aud, created_at: nowOf(context) }
    const saas = saasParts(body, identity, undefined, context)
    const row = {
      ...rowOf(body, identity, { links: linked.links }, extra, context),
      ...saas.fields,
    }
    return {
      row,
      changes: [minted.change, ...linked.changes, ...saas.changes],
      result: withSecret(view(row, context, linked.changes), saas.secret),
      messages: warnings(row, context),
    }
  },
  replace(row, { body, extra }, context) {
    const problem = problemOf(body, row, context)
    if (problem !== undefined) return problem
    const linked = body.policies
      ? linkAll(body.policies, row, context)
      : { links: row.links, changes: [] }
    if (isFailure(linked)) return linked
    const kept = {
      links: linked.links,
      ...(row.revoked_at === undefined ? {} : { revoked_at: row.revoked_at }),
    }
    const saas = saasParts(body, row, row, context)
    const replaced = { ...rowOf(body, row, kept, extra, context), ...saas.fields }
    return {
      row: replaced,
      changes: [...linked.changes, ...saas.changes],
      result: withSecret(view(replaced, context, linked.changes), saas.secret),
      messages: warnings(replaced, context),
    }
  },
  replaced: (before, after) => leavingHosts(before, after),
  deleted(row, { account }) {
    const { id, links } = row
    const ca: Change[] =
      account.state.tables.short_lived_certificate_cas.get(id) === undefined
        ? []
        : [{ table: 'short_lived_certificate_cas', delete: id }]
    return [...leavingHosts(row, undefined), ...removalOf(links, id, account), ...ca]
  },
})

export const applications: HandlersOf<typeof contract> = {
  ...five,
  async create(call, context) {
    const given = await withCertificate(call, context)
    return () => five.create(given, context)
  },
  async replace(call, context) {
    const given = await withCertificate(call, context)
    return () => five.replace(given, context)
  },
  list(call, context) {
    const { aud } = call.query
    if (aud === undefined) return five.list(call, context)
    const found = context.account.state.tables.applications.by('aud', aud)
    return {
      rows: found.filter((row) => isShown(row, call.query)),
      view: (row: ApplicationRow) => view(row, context),
    }
  },
  replaceSettings: onRow(contract, (row, call, context) => settings(row, call, context)),
  patchSettings: onRow(contract, (row, call, context) => settings(row, call, context)),
  revokeTokens: onRow(contract, (row, _call, { nowMs }) => {
    const revoked = { ...row, revoked_at: Math.floor(nowMs / 1000) }
    return { result: {}, changes: [{ table: 'applications', put: revoked }] }
  }),
  userPolicyChecks: onRow(contract, (row, _call, { account }) => ({
    result: policyCheck(row, account),
  })),
}

function settings(
  row: ApplicationRow,
  { body, reset }: Call<(typeof contract)['operations']['replaceSettings' | 'patchSettings']>,
  context: ApiContext,
) {
  const kept = withoutReset(row, reset, applicationDefaults(row.type))
  const { allow_iframe = kept.allow_iframe, skip_interstitial = kept.skip_interstitial } = body
  const result = {
    ...(allow_iframe === undefined ? {} : { allow_iframe }),
    ...(skip_interstitial === undefined ? {} : { skip_interstitial }),
  }
  const changed: ApplicationRow = { ...kept, ...result, updated_at: nowOf(context) }
  return { result, changes: [{ table: 'applications', put: changed } as const] }
}
