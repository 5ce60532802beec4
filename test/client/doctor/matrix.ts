/**
 * Sets up every mode in every profile that has it, runs the doctor with each input that shows it, and scores the
 * verdict.
 */

import { diagnose } from '../../../client/doctor/diagnose.ts'
import type { Diagnosis } from '../../../client/doctor/diagnosis.ts'
import type { Clock } from '../../../client/transport/clock.ts'
import { type Overrides, type Profile, profiles } from '../../../contracts/behaviours/table.ts'
import { type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import type { Mode, Observable } from '../../../contracts/modes/mode.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { situations } from './cases.ts'
import { healthy } from './cases-healthy.ts'
import { switched } from './cases-modes.ts'
import { type Format, record } from './record.ts'
import {
  doctorFixture,
  type Fixture,
  pairHeaders,
  type Request,
  type Situation,
} from './situation.ts'
import { type Variant, variants } from './variants.ts'

export const inputs = ['edge', 'api', 'exchange'] as const satisfies readonly Observable[]
export type Input = (typeof inputs)[number]

export interface Run {
  /** A mode, or the name of a healthy configuration. */
  readonly id: string
  /** How the setup differs from the catalogue's. */
  readonly how?: string
  readonly profile: Profile
  readonly input: Input
  readonly madeBy: 'API' | 'switch'
  /** What counts as right. */
  readonly wanted: 'exact' | 'class' | 'healthy'
  readonly isRight: boolean
  readonly healthy: boolean
  /** The first cause, then those that cannot be told from it. */
  readonly reported: readonly string[]
  readonly probes: number
}

const at = '2026-01-02T03:04:05Z'

/** `behaviours`: unsettled behaviours, set the other way. */
export async function matrix(
  behaviours: Overrides = {},
  among: readonly Profile[] = profiles,
): Promise<readonly Run[]> {
  const runs: Run[] = []
  for (const profile of among) {
    const emulator = await createEmulator({ profile, behaviours, seed: 'example', at })
    try {
      for (const id of Object.keys(modes) as ModeId[]) {
        runs.push(...(await runsOfMode(emulator, profile, id)))
      }
      for (const variant of variants) {
        runs.push(...(await runsOfVariant(emulator, profile, variant)))
      }
      for (const id of Object.keys(healthy)) {
        runs.push(...(await runsOfHealthy(emulator, profile, id)))
      }
    } finally {
      await emulator.close()
    }
  }
  return runs
}

/** With an API token, whatever the edge or the API shows must be exact. */
export function wantedOf(id: ModeId): readonly (readonly [Input, 'exact' | 'class'])[] {
  const { observable_with: seen }: Mode = modes[id]
  const isShown = seen.includes('edge') || seen.includes('api')
  return [
    ...(seen.includes('edge') ? [['edge', 'class'] as const] : []),
    ...(isShown ? [['api', 'exact'] as const] : []),
    ...(seen.includes('exchange') ? [['exchange', isShown ? 'class' : 'exact'] as const] : []),
  ]
}

async function runsOfMode(emulator: Emulator, profile: Profile, id: ModeId): Promise<Run[]> {
  const mode: Mode = modes[id]
  if (mode.answer[profile].absent !== undefined) return []
  await emulator.reset()
  const fixture = doctorFixture(emulator, profile)
  const made = await situations[id]?.(fixture)
  const world = made ?? (await switched(fixture, id))
  const madeBy = made === undefined ? 'switch' : 'API'
  return await looked(fixture, world, { id, profile, madeBy })
}

async function runsOfVariant(
  emulator: Emulator,
  profile: Profile,
  { id, how, make }: Variant,
): Promise<Run[]> {
  await emulator.reset()
  const fixture = doctorFixture(emulator, profile)
  const world = await make(fixture)
  return world === undefined
    ? []
    : await looked(fixture, world, { id, how, profile, madeBy: 'API' })
}

async function looked(
  fixture: Fixture,
  world: Situation,
  about: Pick<Run, 'how' | 'profile' | 'madeBy'> & { readonly id: ModeId },
): Promise<Run[]> {
  const { id } = about
  const runs: Run[] = []
  for (const [input, wanted] of wantedOf(id)) {
    const diagnosis = await examine(fixture, world, input, runs.length)
    const [top] = diagnosis.causes
    const reported = top === undefined ? [] : [top.id, ...top.alike]
    const isRight = wanted === 'exact' ? top?.id === id : reported.includes(id)
    runs.push({ ...about, input, wanted, isRight, reported, ...counted(diagnosis) })
  }
  return runs
}

async function runsOfHealthy(emulator: Emulator, profile: Profile, id: string): Promise<Run[]> {
  await emulator.reset()
  const fixture = doctorFixture(emulator, profile)
  const world = await healthy[id]?.(fixture)
  if (world === undefined) return []
  const runs: Run[] = []
  for (const input of world.inputs ?? inputs) {
    // If nothing failed there is no failing exchange, unless the situation hands one in.
    if (input === 'exchange' && world.observed === undefined) continue
    const diagnosis = await examine(fixture, world, input, runs.length)
    const reported = diagnosis.causes.map((cause) => cause.id)
    const isRight = reported.length === 0 && diagnosis.healthy
    const common = { id, profile, input, madeBy: 'API', wanted: 'healthy' } as const
    runs.push({ ...common, isRight, reported, ...counted(diagnosis) })
  }
  return runs
}

function counted({ healthy: isHealthy, probes }: Diagnosis) {
  return { healthy: isHealthy, probes }
}

/** A fixed clock, so that a busy machine does not look like a slow edge. */
const still: Clock = { now: () => Date.parse(at), sleep: async () => {} }

/** The doctor's verdict on a situation with one input. `turn` selects the format of the saved exchange. */
export async function examine(
  { emulator, target }: Pick<Fixture, 'emulator' | 'target'>,
  world: Situation,
  input: Input,
  turn = 0,
): Promise<Diagnosis> {
  const { url, pair, aud, team, timeoutMs } = world
  const { account } = emulator
  const api = {
    account_id: world.account_id ?? account.id,
    apiToken: world.api_token ?? account.api_token,
  }
  const observed = input === 'exchange' ? await kept(emulator, world, turn) : undefined
  return await diagnose({
    url,
    target,
    aud,
    team,
    timeoutMs,
    clock: still,
    observed,
    credentials: pair,
    ...(input === 'api' ? { api } : {}),
  })
}

/** The exchange as its client would save it: the API's JSON alone, otherwise curl and HAR in turn. */
async function kept(emulator: Emulator, world: Situation, turn: number): Promise<string> {
  const headers = world.pair === undefined ? {} : pairHeaders(world.pair)
  const requests: readonly Request[] = world.observed ?? [{ url: world.url, headers }]
  const isApi = world.url.startsWith('https://api.cloudflare.com/')
  const others: Format = isApi ? 'json' : 'har'
  const format = turn % 2 === 0 ? 'curl' : others
  return await record(emulator, requests, format)
}
