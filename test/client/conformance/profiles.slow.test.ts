/** Two profiles side by side: the reported drift is exactly what their behaviours change. */
import { beforeAll, describe, expect, test } from 'vitest'
import { compareReports, type ReportDrift } from '../../../client/conformance/diff.ts'
import { cells } from '../../../client/conformance/edge/table.ts'
import type { ConformReport } from '../../../client/conformance/report-shape.ts'
import {
  type BehaviourName,
  behaviours,
  type Profile,
  profiles,
} from '../../../contracts/behaviours/table.ts'
import { reportOf } from './drift.ts'

const reports = new Map<Profile, ConformReport>()
beforeAll(async () => {
  for (const profile of profiles) reports.set(profile, await reportOf({ profile }))
}, 120_000)

function reported(profile: Profile): ConformReport {
  const report = reports.get(profile)
  if (report === undefined) throw new Error(`no report of ${profile}`)
  return report
}

function driftBetween(before: ConformReport, after: ConformReport): readonly ReportDrift[] {
  return compareReports(before, after).drift
}

function idsOf(drift: readonly ReportDrift[]): string[] {
  return [...new Set(drift.map((each) => each.case))].sort()
}

/** Behaviours that differ between the two profiles, except the emulator's own, which no live response could confirm. */
function differing(before: Profile, after: Profile): BehaviourName[] {
  return (Object.keys(behaviours) as BehaviourName[]).filter((name) => {
    const inProfiles = behaviours[name].in
    const isOwn = [inProfiles[before], inProfiles[after]].every(
      ({ evidence }) => evidence === 'emulator_only',
    )
    return !isOwn && inProfiles[before].value !== inProfiles[after].value
  })
}

test.each(profiles)('every case that holds in %s passes, and none fails', (profile) => {
  const { summary, cases } = reported(profile)
  expect(summary.failed).toBe(0)
  expect(summary.passed).toBeGreaterThan(200)
  const { size } = new Set(cases.map(({ id }) => id))
  expect(size).toBe(cases.length)
  expect(cases.map(({ id }) => id)).toEqual(reported('expected').cases.map(({ id }) => id))
})

test('an emulator with another profile’s behaviours is that profile, whatever its ids, secrets, keys and times', async () => {
  const overridden = await reportOf({ profile: 'expected', as: 'observed' })
  expect(overridden.profile).toBe('observed')
  expect(compareReports(reported('observed'), overridden)).toMatchObject({
    drift: [],
    onlyBefore: [],
    onlyAfter: [],
    compared: overridden.cases.filter(({ asked }) => asked.length > 0).length,
  })
})

const pairs = [
  ['expected', 'observed'],
  ['observed', 'strict'],
] as const

describe.each(pairs)('between %s and %s', (before, after) => {
  test('each case that drifts has a behaviour that makes it so, and each behaviour shows', async () => {
    const drifted = idsOf(driftBetween(reported(before), reported(after)))
    const left = new Set(drifted)
    const shown = new Set<BehaviourName>()
    /** Takes the cases that one behaviour alone changes from those that are left. */
    const explain = async (name: BehaviourName, from: Profile, to: Profile, only: Set<string>) => {
      const one = { [name]: behaviours[name].in[to].value }
      const overridden = await reportOf({ profile: from, behaviours: one, only })
      const ids = idsOf(driftBetween(reported(from), overridden))
      if (ids.length > 0) shown.add(name)
      for (const id of ids) left.delete(id)
    }
    const names = differing(before, after)
    for (const name of names) await explain(name, before, after, new Set(drifted))
    // On one side two behaviours may stand in for each other: what does not show there shows on the other.
    for (const name of names) {
      if (!shown.has(name)) await explain(name, after, before, new Set(drifted))
      else if (left.size > 0) await explain(name, after, before, new Set(left))
    }
    expect(names.filter((name) => !shown.has(name))).toEqual([])
    expect([...left]).toEqual([])
  })

  test('a cell of the table drifts where the table says so', () => {
    const drift = driftBetween(reported(before), reported(after))
    const rows = cells.filter(({ profile }) => profile === before)
    for (const { request, letter, outcome } of rows) {
      const other = cells.find(
        (cell) => cell.request === request && cell.letter === letter && cell.profile === after,
      )
      const id = `gate/${request} at ${letter}`.replaceAll(' ', '-')
      const found = drift.filter((each) => each.case === id)
      const isSet = (each: ReportDrift) =>
        each.at === 'status' || each.at.startsWith('headers.set-cookie')
      if (other?.outcome !== outcome) expect(found.filter(isSet), id).not.toEqual([])
      // A strict organization sets no cookie when it issues the JWT that is sent afterwards.
      else
        expect(
          found.filter(({ at }) => at !== 'headers.set-cookie'),
          id,
        ).toEqual([])
    }
  })
})

test('a drift names the case, the request, both answers, and what becomes of the evidence', () => {
  const drift = driftBetween(reported('expected'), reported('observed'))
  expect(drift).toContainEqual({
    case: 'edge.service_auth/good-pair-at-T',
    operation: 'edge.service_auth',
    evidence: 'expected',
    becomes: 'recorded',
    request: 'POST https://<name host 1>.<zone>/cdn-cgi/access/service/auth',
    kind: 'changed',
    at: 'status',
    before: 200,
    after: 404,
  })
})

test('no report holds a secret, a token, or an id of the run', () => {
  const text = JSON.stringify(reported('expected'))
  expect(text).toContain('<client_secret:1>')
  expect(text).not.toMatch(/cfast_(?!0{48})[0-9A-Za-z]{48}|eyJ[\w-]+\.eyJ/)
  expect(text).not.toMatch(/\b(?!01234567)[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/)
})
