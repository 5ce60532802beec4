/** Turns the contract cases into tests for one target, and reports which are skipped and why. */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type Case, leftOut, type Offer } from '../../../client/conformance/case.ts'
import { cases } from '../../../client/conformance/cases.ts'
import { runCase } from '../../../client/conformance/run.ts'
import type { Place } from '../../support/target.ts'

/** `promised` is known before the place is open, because tests are declared before they run. */
export function conformance(
  name: string,
  promised: Offer,
  open: () => Promise<Place>,
  chosen: (able: readonly Case[]) => readonly Case[] = (able) => able,
): void {
  const able: Case[] = []
  const reasons = new Map<string, number>()
  for (const each of cases) {
    const reason = leftOut(each, promised)
    if (reason === undefined) able.push(each)
    else reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  for (const [reason, count] of reasons) console.info(`${name}: ${count} left out: ${reason}`)

  const run = chosen(able)
  if (run.length < able.length) console.info(`${name}: ${run.length} of ${able.length} cases`)
  if (run.length === 0) return
  describe(name, () => {
    let place: Place | undefined
    beforeAll(async () => {
      place = await open()
    })
    afterAll(() => place?.close())

    const named = run.map((each) => [each.operation, each.title, each] as const)
    test.each(named)('%s: %s', async (_operation, _title, each) => {
      if (place === undefined) throw new Error('the target is not open')
      await runCase(each, await place.target())
    })
  })
}
