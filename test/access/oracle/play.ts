/** Plays a scenario on both: the oracle's verdict and the edge's response. */
import type { Asked, Edge } from './edge.ts'
import {
  type Person,
  type Place,
  type Profile,
  type Request,
  type Scenario,
  standing,
  tokenLife,
} from './model.ts'
import { type Answer, type Credentials, judge, signsIn } from './oracle.ts'

/** One request to both, or a sign-in. */
export interface Compared {
  readonly request: Request | { readonly signIn: Person; readonly place: Place }
  readonly oracle: Answer | 'refused'
  readonly emulator: Asked['answer'] | 'refused'
  /** The verdict of `explain`, if requested. */
  readonly explained?: string
}

/** Every n-th request also goes to `explain`. */
const explainEvery = 16

export async function play(edge: Edge, profile: Profile, scenario: Scenario): Promise<Compared[]> {
  const { before, now, people, requests } = scenario
  const tokens = await edge.begin(scenario)
  const compared = people.map(
    ({ person, place }, at): Compared => ({
      request: { signIn: person, place },
      oracle: signsIn(before, place, person) ? 'pass' : 'refused',
      emulator: tokens.people[at] === undefined ? 'refused' : 'pass',
    }),
  )
  await edge.put(now)
  const asked = await edge.ask(requests, tokens)
  for (const [at, { request, headers, answer }] of asked.entries()) {
    const explained = at % explainEvery === 0 ? await edge.explain(headers) : undefined
    compared.push({
      request,
      oracle: judge(now, request.place, credentialsOf(request, scenario), profile),
      emulator: answer,
      ...(explained === undefined ? {} : { explained }),
    })
  }
  return compared
}

function credentialsOf(request: Request, scenario: Scenario): Credentials {
  const { pair, held } = request
  const pairOf = standing(scenario).find((each) => each === pair)
  const isLive = held !== undefined && scenario.passed < tokenLife
  return {
    pair,
    ...(pairOf === undefined ? {} : { pairOf }),
    ...(isLive ? { held: holder(held, scenario) } : {}),
  }
}

function holder(
  { of, at }: NonNullable<Request['held']>,
  scenario: Scenario,
): NonNullable<Credentials['held']> {
  const person = scenario.people[at]?.person
  const machine = scenario.machines[at]?.machine
  if (of === 'people' && person !== undefined) return { person }
  if (of === 'machines' && machine !== undefined) return { machine }
  throw new Error(`nobody holds ${of} ${at}`)
}
