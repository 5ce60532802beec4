/** Invariants at the edge that hold for any rules and need no oracle. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Rule, RuleLists } from '../../../contracts/api/rules.ts'
import { createEdge, type Edge } from './edge.ts'
import { lists, rule, scenario } from './generate.ts'
import { groupIds, type Policy, type Profile, type Scenario, type Setting } from './model.ts'

const runs = { numRuns: 12, seed: 9 }
const openness = (answer: unknown) => ['login', 'pass'].indexOf(String(answer)) + 1

describe.each<Profile>(['expected', 'observed', 'strict'])('in profile %s', (profile) => {
  let edge: Edge
  beforeAll(async () => {
    edge = await createEdge(profile)
  })
  afterAll(() => edge.close())

  /** The responses to a scenario's requests, in its state and in a different one. */
  async function both(given: Scenario, other: Setting) {
    const tokens = await edge.begin(given)
    const answers = async (setting: Setting) => {
      await edge.put(setting)
      return (await edge.ask(given.requests, tokens)).map(({ answer }) => answer)
    }
    return [await answers(given.now), await answers(other)] as const
  }

  const where = fc.record({ at: fc.nat(), list: fc.constantFrom('exclude', 'require') })

  test('an added exclude or require widens no policy but a block', async () => {
    await fc.assert(
      fc.asyncProperty(scenario(8), where, rule, async (given, { at, list }, added) => {
        const { policies } = given.now
        const narrower = policies.map((policy, index) =>
          index === at % policies.length && policy.decision !== 'deny'
            ? { ...policy, [list]: [...policy[list], added] }
            : policy,
        )
        const [before, after] = await both(given, { ...given.now, policies: narrower })
        for (const [index, answer] of after.entries()) {
          expect(openness(answer)).toBeLessThanOrEqual(openness(before[index]))
        }
      }),
      runs,
    )
  })

  test('a deny policy above all others widens nothing', async () => {
    await fc.assert(
      fc.asyncProperty(scenario(8), lists, async (given, added) => {
        const policies: Policy[] = [{ decision: 'deny', ...added }, ...given.now.policies]
        const [before, after] = await both(given, { ...given.now, policies })
        for (const [index, answer] of after.entries()) {
          expect(openness(answer)).toBeLessThanOrEqual(openness(before[index]))
        }
      }),
      runs,
    )
  })

  test('neither the order nor duplicates of rules matter', async () => {
    const mixed = <L extends RuleLists>(each: L): L => ({
      ...each,
      include: [...each.include, ...each.include].reverse(),
      require: [...each.require, ...each.require].reverse(),
      exclude: [...each.exclude, ...each.exclude].reverse(),
    })
    await fc.assert(
      fc.asyncProperty(scenario(8), async (given) => {
        const { policies, groups } = given.now
        const other = { policies: policies.map(mixed), groups: groups.map(mixed) }
        const [before, after] = await both(given, other)
        expect(after).toEqual(before)
      }),
      runs,
    )
  })

  test('a group of includes is those includes', async () => {
    const flat = fc.array(fc.array(rule, { minLength: 1, maxLength: 3 }), {
      minLength: groupIds.length,
      maxLength: groupIds.length,
    })
    await fc.assert(
      fc.asyncProperty(scenario(8), flat, async (given, includes) => {
        const groups = includes.map((include) => ({ include, require: [], exclude: [] }))
        const written = (each: Rule) =>
          'group' in each ? (includes[groupIds.indexOf(each.group.id)] ?? []) : [each]
        const now = { ...given.now, groups }
        // Only where a group is one of alternatives do its own stand for it.
        const policies = now.policies.map((policy) => ({
          ...policy,
          include: policy.include.flatMap(written),
          exclude: policy.exclude.flatMap(written),
        }))
        const [before, after] = await both({ ...given, now }, { groups, policies })
        expect(after).toEqual(before)
      }),
      runs,
    )
  })

  test('a held token passes only where its person would pass afresh, or anybody does', async () => {
    await fc.assert(
      fc.asyncProperty(scenario(8), async (given) => {
        const tokens = await edge.begin(given)
        await edge.put(given.now)
        // A sign-in here shows no certificate.
        const bare = given.requests.map(({ place: { ip, country }, held, carrier }) => ({
          place: { ip, country },
          carrier,
          ...(held?.of === 'people' ? { held } : {}),
        }))
        const holding = await edge.ask(bare, tokens)
        const anybody = bare.map(({ held: _, ...rest }) => rest)
        const open = new Map(
          (await edge.ask(anybody, tokens)).map(({ request: { place }, answer }) => [
            `${place.ip} ${place.country}`,
            answer,
          ]),
        )
        for (const { request, answer } of holding) {
          const { place, held } = request
          if (answer !== 'pass' || held === undefined) continue
          if (open.get(`${place.ip} ${place.country}`) === 'pass') continue
          const who = given.people[held.at]
          expect(who && (await edge.signIn(who.person, place))).toBeDefined()
        }
      }),
      runs,
    )
  })
})
