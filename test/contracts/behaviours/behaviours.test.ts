/** The code uses every behaviour: each of its values changes a response. */
import { expect, test } from 'vitest'
import { cloudflaredBehaviours } from '../../../contracts/behaviours/cloudflared.ts'
import { gateBehaviours } from '../../../contracts/behaviours/gate.ts'
import { loginBehaviours } from '../../../contracts/behaviours/login.ts'
import { oauthBehaviours } from '../../../contracts/behaviours/oauth.ts'
import {
  type Behaviour,
  type BehaviourName,
  behaviours,
  type Overrides,
} from '../../../contracts/behaviours/table.ts'
import { wireBehaviours } from '../../../contracts/behaviours/wire.ts'
import { edgeFixture } from '../../edge/applications.ts'
import { cloudflaredDemonstrations } from './cloudflared.ts'
import type { Demonstrations } from './demonstration.ts'
import { gateDemonstrations } from './gate.ts'
import { loginDemonstrations } from './login.ts'
import { oauthDemonstrations } from './oauth.ts'
import { wireDemonstrations } from './wire.ts'

const demonstrations: Partial<Demonstrations<BehaviourName>> = {
  ...gateDemonstrations,
  ...loginDemonstrations,
  ...oauthDemonstrations,
  ...wireDemonstrations,
  ...cloudflaredDemonstrations,
}

const files = {
  gate: gateBehaviours,
  login: loginBehaviours,
  oauth: oauthBehaviours,
  wire: wireBehaviours,
  cloudflared: cloudflaredBehaviours,
}

function fileOf(name: string): string {
  const found = Object.entries(files).find(([, table]) => Object.hasOwn(table, name))
  return `test/contracts/behaviours/${found?.[0] ?? 'behaviours.test'}.ts`
}

/** The observation under one value, in a separate emulator. */
async function observed(name: BehaviourName, value: Behaviour['values'][number]) {
  const demonstration = demonstrations[name]
  if (demonstration === undefined) {
    throw new Error(`Add a row for "${name}" to ${fileOf(name)}: a request that it changes.`)
  }
  const { options, observe } = demonstration
  const overrides: Overrides = { ...options?.behaviours, [name]: value }
  return observe(await edgeFixture({ ...options, behaviours: overrides }))
}

test.each(Object.keys(behaviours) as BehaviourName[])('%s', async (name) => {
  const { values }: Behaviour = behaviours[name]
  const answers: Record<string, unknown> = {}
  for (const value of values) answers[String(value)] = await observed(name, value)
  const shown = Object.entries(answers).map(
    ([value, answer]) => `${value}: ${JSON.stringify(answer)}`,
  )
  const unlike = new Set(Object.values(answers).map((answer) => JSON.stringify(answer)))
  expect(
    unlike.size,
    `"${name}" changes too little (${shown.join(', ')}). Either no code asks for it, or its row in ${fileOf(name)} sends a request that it does not concern.`,
  ).toBe(values.length)
  expect(answers, fileOf(name)).toEqual(demonstrations[name]?.answers)
})
