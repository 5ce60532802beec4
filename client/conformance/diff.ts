/** Drift: how the answers in two reports differ, case by case. */
import { z } from 'zod'
import { operations } from '../../contracts/api/operations.ts'
import { headerNames } from '../../contracts/edge/endpoints.ts'
import type { Evidence } from '../../contracts/evidence/evidence.ts'
import {
  compare,
  createIdentities,
  type Depth,
  type Identities,
  type ValueDifference,
} from './diff-values.ts'
import type { ConformReport, ReportedCase, ReportedExchange } from './report-shape.ts'

export interface ReportDrift extends ValueDifference {
  /** Id of the case. */
  readonly case: string
  readonly operation: string
  /** The request whose answer differs; absent if the whole case is meant. */
  readonly request?: string
  /** `status`, `headers.…`, `body.…`, `claims of the JWT.…`, `answers` or `outcome`. */
  readonly at: string
  /** The current grade. */
  readonly evidence: Evidence
  /** The grade it would get if `after` is what Cloudflare answers. */
  readonly becomes: Evidence
}

export interface Comparison {
  readonly drift: readonly ReportDrift[]
  /** Number of cases run in both. */
  readonly compared: number
  /** Ids of the cases run in only one of them. */
  readonly onlyBefore: readonly string[]
  readonly onlyAfter: readonly string[]
  /** Cases of a lower grade that real Cloudflare confirms: they may be raised to `recorded`. */
  readonly confirmed: readonly { readonly case: string; readonly evidence: Evidence }[]
}

export function compareReports(before: ConformReport, after: ConformReport): Comparison {
  const isAsked = ({ asked }: ReportedCase) => asked.length > 0
  const [ours, theirs] = [before, after].map(
    ({ cases }) => new Map(cases.filter(isAsked).map((each) => [each.id, each])),
  ) as [Map<string, ReportedCase>, Map<string, ReportedCase>]
  const both = [...ours.values()].flatMap((each) => {
    const other = theirs.get(each.id)
    return other === undefined ? [] : [[each, other] as const]
  })
  const places = {
    isLive: before.target === 'live' || after.target === 'live',
    isAcross: before.target !== after.target,
  }
  const drift = both.flatMap(([one, other]) => driftOf(one, other, places))
  const drifted = new Set(drift.map((each) => each.case))
  return {
    drift,
    compared: both.length,
    onlyBefore: [...ours.keys()].filter((id) => !theirs.has(id)),
    onlyAfter: [...theirs.keys()].filter((id) => !ours.has(id)),
    confirmed:
      after.target !== 'live'
        ? []
        : both.flatMap(([, { id, evidence, holds }]) =>
            holds && evidence !== 'recorded' && !drifted.has(id) ? [{ case: id, evidence }] : [],
          ),
  }
}

interface Places {
  readonly isLive: boolean
  readonly isAcross: boolean
}

function driftOf(before: ReportedCase, after: ReportedCase, places: Places): ReportDrift[] {
  const { id, operation, evidence } = before
  const about = { case: id, operation, evidence, becomes: becomes(evidence) }
  const identities = createIdentities()
  const optional = optionalFields(operation)
  const found: ReportDrift[] = []
  for (const [index, one] of before.asked.entries()) {
    const other = after.asked[index]
    if (other === undefined || !isSameRequest(one, other, identities)) break
    const depth = depthOf(before, one, places)
    const differences = answersOf(one, other, depth, places, identities).filter(
      ({ kind, at }) =>
        depth === 'values' ||
        kind === 'changed' ||
        !optional.has(at.slice(at.lastIndexOf('.') + 1)),
    )
    const claims = identities.matched().flatMap(([ours, theirs]) =>
      compare(before.tokens[ours], after.tokens[theirs], {
        at: 'JWT',
        depth: places.isAcross ? 'shape' : 'values',
        identities,
      }),
    )
    const request = `${one.method} ${one.url}`
    for (const each of [...differences, ...claims]) found.push({ ...about, request, ...each })
  }
  if (found.length > 0) return found
  // A case that fails stops early: the requests it did not make are not drift of their own.
  const [fewer, more] = [before.asked.length, after.asked.length]
  if (before.holds === after.holds && fewer !== more) {
    const kind = fewer > more ? 'missing' : 'extra'
    return [{ ...about, kind, at: 'answers', before: fewer, after: more }]
  }
  if (before.holds === after.holds) return []
  const told = ({ holds, reason }: ReportedCase) => (holds ? 'holds' : `does not hold: ${reason}`)
  return [{ ...about, kind: 'changed', at: 'outcome', before: told(before), after: told(after) }]
}

/** Optional fields may differ by chance between objects: a pair that was never used has no `last_seen_at`. */
function optionalFields(operation: string): ReadonlySet<string> {
  const names = new Set<string>()
  const visit = (schema: unknown): void => {
    if (schema instanceof z.ZodArray) visit(schema.element)
    else if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
      visit(schema.unwrap())
    } else if (schema instanceof z.ZodObject) {
      for (const [name, field] of Object.entries(schema.shape)) {
        if (field instanceof z.ZodOptional) names.add(name)
        visit(field)
      }
    }
  }
  visit(operations.find(({ id }) => id === operation)?.result())
  return names
}

/** After a different answer the next request may differ, too. */
function isSameRequest(
  one: ReportedExchange,
  other: ReportedExchange,
  identities: Identities,
): boolean {
  return one.method === other.method && identities.sameText(one.url, other.url)
}

/** What a case did not create in a live account belongs to the account, and may change from day to day. */
function depthOf({ needs }: ReportedCase, { method }: ReportedExchange, { isLive }: Places): Depth {
  const isMade = needs.includes('write') || needs.includes('own_account')
  return isLive && (!isMade || method === 'GET') ? 'shape' : 'values'
}

function answersOf(
  one: ReportedExchange,
  other: ReportedExchange,
  depth: Depth,
  { isAcross }: Places,
  identities: Identities,
): ValueDifference[] {
  const common = { depth, identities }
  const status = compare(one.status, other.status, { ...common, depth: 'values', at: 'status' })
  const isOrigins = isAcross && status.length === 0 && isOfOrigin(one)
  const [ours, theirs] = isOrigins
    ? [ofAccess(one.headers), ofAccess(other.headers)]
    : [one.headers, other.headers]
  const headers = compare(ours, theirs, { ...common, at: 'headers' })
  const body = isOrigins ? [] : compare(one.body, other.body, { ...common, at: 'body' })
  return [...status, ...headers, ...body]
}

/** The two sides have different origins behind Access. */
function isOfOrigin({ url, status }: ReportedExchange): boolean {
  const { host, pathname } = URL.canParse(url) ? new URL(url) : { host: '', pathname: url }
  const isOwn = pathname.startsWith('/cdn-cgi/') || pathname.startsWith('/.well-known/')
  return status === 200 && !isOwn && host !== 'api.cloudflare.com'
}

function ofAccess(headers: ReportedExchange['headers']): ReportedExchange['headers'] {
  const isOurs = (name: string) =>
    name.startsWith('cf-access-') || name === headerNames.ray || name === 'set-cookie'
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isOurs(name)))
}

/**
 * An answer seen live becomes recorded; a recorded one that no longer holds becomes assumed until it is recorded again.
 */
function becomes(evidence: Evidence): Evidence {
  const grades: Readonly<Record<Evidence, Evidence>> = {
    recorded: 'assumed',
    documented: 'assumed',
    expected: 'recorded',
    assumed: 'recorded',
    emulator_only: 'emulator_only',
  }
  return grades[evidence]
}
