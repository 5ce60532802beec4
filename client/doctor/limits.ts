/** What limits a diagnosis: failed reads, answers that break their contract, answers that do not exist live. */
import { differs } from '../api/drift.ts'
import {
  type Carrying,
  type ExpectedOnly,
  isExpectedOnly,
  liveAnswer,
} from '../edge/expected-only.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { ObservedFacts, ProbeName } from './observation.ts'
import { isEdgeProbe } from './probes.ts'

export function limitsOf(
  facts: ObservedFacts,
): Pick<Diagnosis, 'unread' | 'drift' | 'expected_only' | 'untried'> {
  const untried = Object.values(facts.explained).find((each) => each.kind === 'untried')
  return {
    unread: probesOf(facts.refusals).flatMap((probe) => {
      const { status, messages } = facts.refusals[probe] ?? {}
      if (isEdgeProbe(probe)) return []
      const how = status === null || status === undefined ? '' : `returned ${status}: `
      return [{ read: probe, because: `${how}${messages?.join('; ') ?? ''}` }]
    }),
    drift: Object.values(facts.drift).flat(),
    expected_only: expectedOnly(facts),
    ...(untried === undefined ? {} : { untried: untried.because }),
  }
}

/** Lowers the confidence of causes if a part of the account could not be read properly. */
export function certainty({ drift }: Pick<ObservedFacts, 'drift'>): number {
  return Object.values(drift).flat().some(differs) ? 0.8 : 1
}

/** The response that let the request in comes first: the verdict rests on it. */
function expectedOnly({ seen }: ObservedFacts): readonly ExpectedOnly[] {
  const all = probesOf(seen).flatMap((probe) => {
    const answer = seen[probe]
    if (answer === undefined || answer.status === null || !isExpectedOnly(answer.header)) return []
    const { method, url, status, ray } = answer
    const carries = carrying[probe] ?? 'other'
    const request = `${method} ${url}${asked[carries]}`
    return [{ request, status, ray, live: liveAnswer(new URL(url), carries) }]
  })
  return all.toSorted((a, b) => a.status - b.status)
}

const asked: Readonly<Record<Carrying, string>> = {
  nothing: ' without credentials',
  pair: ' with the pair',
  token: ' with the token',
  other: '',
}

const carrying: Readonly<Partial<Record<ProbeName, Carrying>>> = {
  bare: 'nothing',
  below: 'nothing',
  pair: 'pair',
  token: 'token',
}

function probesOf(by: Readonly<Partial<Record<ProbeName | 'observed', unknown>>>): ProbeName[] {
  return Object.keys(by).filter((name): name is ProbeName => name !== 'observed')
}
