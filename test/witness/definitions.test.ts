/**
 * The calls of the official TypeScript client's own suite, each as it is written there but for ids, which there name nothing:
 * here they name objects that exist. None is skipped; those that the suite itself skips run too.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isOfUnknownPath, refusals } from './definitions.ts'
import { openWitness, type Witness } from './official-client.ts'
import { argumentsOf, type Definition, definitions } from './replayed-calls.ts'

let witness: Witness
beforeAll(async () => {
  witness = await openWitness()
})
afterAll(() => witness.emulator.close())

async function statusOf(definition: Definition): Promise<number> {
  const { at } = definition
  const all = await argumentsOf(definition, witness)
  const [of, found] = at.reduce<readonly [unknown, unknown]>(
    ([, value], name) => [value, Reflect.get(Object(value), name)],
    [undefined, witness.client],
  )
  if (typeof found !== 'function') throw new Error(`the client has no ${at.join('.')}`)
  const before = witness.seen.length
  await Promise.resolve(Reflect.apply(found, of, all)).catch(() => undefined)
  const answers = witness.seen.slice(before)
  const { status, body: answer } = answers.at(-1) ?? { status: 0, body: undefined }
  if (status >= 400) last = JSON.stringify(answer)
  return status
}

let last = ''

test('none of the suite is left out', () => {
  expect(definitions.length).toBeGreaterThan(200)
  const used = refusals.filter(({ title }) => definitions.some((one) => title.test(one.title)))
  expect(used).toEqual(refusals)
})

test.each(definitions)('$title', async (one) => {
  const refused = refusals.find(({ title }) => title.test(one.title))
  const status = await statusOf(one)
  // The suite itself expects what is unknown not to be found.
  if (isOfUnknownPath(one.args)) expect(status).toBe(404)
  else if (refused === undefined) expect([200, 201, 202], last).toContain(status)
  else expect(status, last).toBe(refused.status)
})
