/** The contract cases as data: complete, distinct and accurate about where they apply; and how a case runs. */
import { describe, expect, test } from 'vitest'
import {
  type Case,
  type CaseTarget,
  leftOut,
  type Need,
  needs,
} from '../../../client/conformance/case.ts'
import { cases } from '../../../client/conformance/cases.ts'
import {
  Difference,
  fits,
  holds,
  parsed,
  present,
  same,
} from '../../../client/conformance/difference.ts'
import { cells, onlyExpected, requests } from '../../../client/conformance/edge/table.ts'
import { type Lasting, runCase } from '../../../client/conformance/run.ts'
import { profiles } from '../../../contracts/behaviours/table.ts'
import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import { edge } from '../../../contracts/edge/endpoints.ts'
import { evidenceGrades } from '../../../contracts/evidence/evidence.ts'
import { operations } from '../../../contracts/index.ts'
import { classOf, mostOfOneClass, smoke } from './smoke.ts'

const declared: readonly string[] = [
  ...[...operations, ...Object.values<Endpoint>(edge)].map(({ id }) => id),
  'gate',
]

test('every operation that is built has a case', () => {
  const covered = new Set(cases.map(({ operation }) => operation))
  expect(declared.filter((id) => !covered.has(id))).toEqual([])
})

test('every case is of an operation that is declared', () => {
  expect(cases.filter(({ operation }) => !declared.includes(operation))).toEqual([])
})

test('every case has a unique id', () => {
  const ids = cases.map(({ id }) => id)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
})

test('every case has a title, a grade, a source and a profile', () => {
  const poor = cases.filter(
    (each) =>
      each.title.trim() === '' ||
      each.source.length === 0 ||
      !evidenceGrades.includes(each.evidence) ||
      each.profiles.length === 0 ||
      each.profiles.some((profile) => !profiles.includes(profile)) ||
      each.needs.some((need) => !needs.includes(need)),
  )
  expect(poor.map(({ id }) => id)).toEqual([])
})

test('what only the ticket expects is claimed of no other profile', () => {
  const wished = cases.filter(({ evidence }) => evidence === 'expected')
  expect(wished.length).toBeGreaterThan(0)
  expect(wished.filter((each) => each.profiles.join() !== 'expected').map(({ id }) => id)).toEqual(
    [],
  )
})

test('the table has a cell for each request, application and profile', () => {
  const wanted = Object.keys(requests).flatMap((request) =>
    ['M', 'T', 'P'].flatMap((letter) =>
      profiles.map((profile) => [request, letter, profile].join()),
    ),
  )
  const there = cells.map(({ request, letter, profile }) => [request, letter, profile].join())
  const absent = wanted.filter((cell) => !there.includes(cell))
  // A pair is named by the one kind of policy or by the other.
  const named = /^(admitted pair,T|allowed pair,[MP]),/
  expect(absent.every((cell) => named.test(cell))).toBe(true)
  expect(absent).toHaveLength(9)
  expect(new Set(there).size).toBe(there.length)
})

test('the cells that differ from the observed profile are those of the expected one', () => {
  const differing = cells.filter(onlyExpected)
  expect(new Set(differing.map(({ profile }) => profile))).toEqual(new Set(['expected']))
  expect(differing.map(({ request, letter }) => `${request} ${letter}`)).toEqual([
    'no credential T',
    'bad pair T',
    'allowed pair T',
    'unnamed pair T',
    'unnamed pair P',
    'token as cookie M',
    'token as cookie T',
    'token as cf-access-token M',
    'token as cf-access-token T',
    'token as assertion M',
    'token as assertion T',
    'token as bearer T',
    'xhr T',
  ])
})

describe('a case is left out', () => {
  const each = { profiles: ['observed'], needs: ['clock', 'write'], evidence: 'recorded' } as const
  const offers = (...names: Need[]) => new Set(names)
  test.each([
    [
      'if it holds in other profiles',
      each,
      { kind: 'emulator', profile: 'strict', offers: offers('clock', 'write') },
      'it holds in observed, and this is strict',
    ],
    [
      'if something is missing',
      each,
      { kind: 'emulator', profile: 'observed', offers: offers('write') },
      'the target does not offer: clock',
    ],
    [
      'on real Cloudflare, if only an emulator answers like this',
      { ...each, evidence: 'emulator_only' },
      { kind: 'live', profile: 'observed', offers: offers('clock', 'write') },
      'only an emulator answers like this',
    ],
    [
      'nowhere else',
      each,
      { kind: 'live', profile: 'observed', offers: offers('clock', 'write') },
      undefined,
    ],
  ] as const)('%s', (_what, given, target, reason) => {
    expect(leftOut(given, target)).toBe(reason)
  })
})

describe('a difference states what was expected and what is there', () => {
  test.each([
    ['another value', () => same(1, 2, 'status'), 'status: expected 2, got 1'],
    ['another text', () => fits('ab', /^b/, 'ray'), 'ray: expected /^b/, got "ab"'],
    [
      'another part',
      () => holds({ a: 1, b: 2 }, { b: 3 }, 'body'),
      'body: expected {"b":3}, got {"b":2}',
    ],
    ['nothing', () => present(null, 'cookie'), 'cookie: expected "to be there", got null'],
    [
      'another shape',
      () => parsed(edge.serviceAuth.result(), { token: 1 }, 'body'),
      /^body: expected "the shape of the contract", got \["token: /,
    ],
  ])('%s', (_what, differ, words) => {
    expect(differ).toThrow(Difference)
    expect(differ).toThrow(words)
  })
})

describe('a run of a case', () => {
  const target = {} as Lasting
  const run = (steps: (target: CaseTarget) => void): Pick<Case, 'run'> => ({
    run: async (given) => steps(given),
  })

  test('deletes what was created, newest first', async () => {
    const undone: string[] = []
    await runCase(
      run(({ cleanup }) => {
        cleanup(async () => undone.push('first'))
        cleanup(async () => undone.push('second'))
      }),
      target,
    )
    expect(undone).toEqual(['second', 'first'])
  })

  test('undoes it after a failure too, and reports the failure', async () => {
    const undone: string[] = []
    const failing = run(({ cleanup }) => {
      cleanup(async () => undone.push('made'))
      same(1, 2, 'status')
    })
    await expect(runCase(failing, target)).rejects.toThrow(Difference)
    expect(undone).toEqual(['made'])
  })

  test('fails where something is left over, unless the case removed it', async () => {
    const leaving = (error: Error) => run(({ cleanup }) => cleanup(() => Promise.reject(error)))
    const gone = Object.assign(new Error('gone'), { status: 404 })
    await runCase(leaving(gone), target)
    await expect(runCase(leaving(new Error('busy')), target)).rejects.toThrow(
      'could not be removed',
    )
  })
})

test('a smoke has a few cases of each class, of different operations where there are so many', () => {
  const chosen = smoke(cases)
  for (const name of new Set(cases.map(classOf))) {
    const all = cases.filter((each) => classOf(each) === name)
    const some = chosen.filter((each) => classOf(each) === name)
    const operations = (of: typeof all) => new Set(of.map(({ operation }) => operation)).size
    expect([name, some.length]).toEqual([name, Math.min(mostOfOneClass, all.length)])
    expect([name, operations(some)]).toEqual([name, Math.min(mostOfOneClass, operations(all))])
  }
})
