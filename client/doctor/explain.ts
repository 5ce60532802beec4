/** Asks the emulator that refused a request what would let it in. */
import { z } from 'zod'
import { control } from '../../contracts/control/endpoints.ts'
import { once } from '../../contracts/declaration/endpoint.ts'
import { type ControlOptions, createControl } from '../api/control.ts'
import { AccessUsageError } from '../transport/errors.ts'
import type { Explained } from './observation.ts'

/** Looks the refusal up by its ray. A failure is reported, and never ends the diagnosis. */
export function createExplainer(
  options: ControlOptions,
): (ray: string | undefined) => Promise<Explained> {
  const call = createControl(options)
  return async (ray) => {
    if (ray === undefined) return untried('the refusal names no ray')
    try {
      const answered = await call(control.explain, { body: { ray } })
      if (answered.kind === 'other') return untried(refusal(answered))
      const { verdict, advice, application } = answered.result
      if (verdict === 'pass') return untried('the emulator lets the same request in now')
      const isDecided = application !== null || advice.length > 0
      return isDecided ? { kind: 'tried', advice } : untried('no policy decided on the request')
    } catch (error) {
      if (error instanceof AccessUsageError) throw error
      return untried('the emulator’s control API did not answer')
    }
  }
}

const unknownRay = once(() => z.object({ error: z.object({ code: z.literal('unknown') }) }))

function untried(because: string): Explained {
  return { kind: 'untried', because }
}

function refusal({
  status,
  answer,
}: {
  readonly status: number
  readonly answer: unknown
}): string {
  if (status === 403) {
    return 'the emulator’s control API requires its admin token (--admin-token or ACCESS_EMULATOR_ADMIN_TOKEN)'
  }
  if (unknownRay().safeParse(answer).success)
    return 'the emulator’s journal no longer holds the request'
  return `the emulator’s control API returned ${status}, which this version does not know`
}
