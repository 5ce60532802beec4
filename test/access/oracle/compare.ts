/** Runs many scenarios from one seed; shrinks, classifies and counts each disagreement. */
import fc from 'fast-check'
import { createEdge } from './edge.ts'
import { scenario } from './generate.ts'
import type { Profile, Scenario } from './model.ts'
import { type Compared, play } from './play.ts'

export interface Disagreement {
  readonly of: string
  readonly seen: number
  readonly smallest: string
}

export interface Report {
  readonly pairs: number
  readonly agreed: number
  readonly held: number
  readonly withPair: number
  readonly signIns: number
  readonly answers: Readonly<Record<string, number>>
  readonly disagreements: readonly Disagreement[]
}

type Plays = (scenario: Scenario) => Promise<Compared[]>

export async function compare(
  profile: Profile,
  {
    pairs,
    seed,
    shrinks = 8,
    requests = 24,
  }: { pairs: number; seed: number; shrinks?: number; requests?: number },
): Promise<Report> {
  const edge = await createEdge(profile)
  const plays: Plays = (each) => play(edge, profile, each)
  const found = new Map<string, { seen: number; smallest: string }>()
  const answers: Record<string, number> = {}
  const count = { pairs: 0, agreed: 0, held: 0, withPair: 0, signIns: 0 }
  try {
    for (let next = seed; count.pairs < pairs; next += 1_000_003) {
      // One run of one seed: disagreements are generated again for shrinking.
      const [played] = fc.sample(scenario(requests), { seed: next, numRuns: 1 })
      if (played === undefined) throw new Error('nothing was generated')
      for (const each of await plays(played)) {
        count.pairs++
        if ('signIn' in each.request) count.signIns++
        else {
          if (each.request.held !== undefined) count.held++
          if (each.request.pair !== undefined) count.withPair++
        }
        answers[each.oracle] = (answers[each.oracle] ?? 0) + 1
        const of = differs(each)
        if (of === undefined) {
          count.agreed++
          continue
        }
        const known = found.get(of)
        if (known !== undefined) known.seen++
        else {
          const smallest = found.size < shrinks ? await shrunk(plays, played, of) : '(not shrunk)'
          found.set(of, { seen: 1, smallest })
        }
      }
    }
  } finally {
    await edge.close()
  }
  const disagreements = [...found].map(([of, more]) => ({ of, ...more }))
  return { ...count, answers, disagreements }
}

/** The class of a disagreement, if there is one. */
export function differs({ request, oracle, emulator, explained }: Compared): string | undefined {
  const what =
    'signIn' in request
      ? 'sign-in'
      : `${request.held?.of ?? 'no token'}${request.pair === undefined ? '' : `, pair ${request.pair}`}`
  if (oracle !== emulator) {
    const wider = emulator === 'pass' ? 'WIDER: ' : ''
    return `${wider}${what}: oracle ${oracle}, emulator ${emulator}`
  }
  if (explained === undefined) return undefined
  const said = explained === 'deny' ? [401, 403] : [explained]
  return said.includes(emulator as never) ? undefined : `${what}: ${emulator}, explain ${explained}`
}

/** Drops what the disagreement does not need, until nothing more can go. */
async function shrunk(plays: Plays, from: Scenario, of: string): Promise<string> {
  const shows = async (candidate: unknown) => {
    const played = await plays(candidate as Scenario).catch(() => [])
    return played.some((each) => differs(each) === of)
  }
  let smallest: unknown = from
  for (const request of from.requests) {
    const alone = { ...from, requests: [request] }
    if (!(await shows(alone))) continue
    smallest = alone
    break
  }
  for (let tries = 0, again = true; again && tries < 200; ) {
    again = false
    for (const candidate of smaller(smallest)) {
      if (++tries > 200) break
      if (!(await shows(candidate))) continue
      smallest = candidate
      again = true
      break
    }
  }
  return JSON.stringify(smallest)
}

/** The same value without one list item or one optional part. */
function* smaller(value: unknown, key = ''): Generator<unknown> {
  if (Array.isArray(value)) {
    const fixed = key === 'groups' && value.some((each) => typeof each === 'object')
    if (!fixed && !(key === 'include' && value.length === 1)) {
      for (let at = 0; at < value.length; at++) yield value.toSpliced(at, 1)
    }
    for (const [at, each] of value.entries()) {
      for (const less of smaller(each)) yield value.with(at, less)
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      if (['pair', 'held', 'ended', 'certificate'].includes(name)) {
        const { [name]: _, ...rest } = value as Record<string, unknown>
        yield rest
      }
      if (name === 'changed' && each === true) yield { ...value, changed: false }
      for (const less of smaller(each, name)) yield { ...value, [name]: less }
    }
  }
}
