/** Asks the emulator that refused a request what would let it in. */
import { z } from 'zod'
import { control } from '../../contracts/control/endpoints.ts'
import { once } from '../../contracts/endpoint.ts'
import { AccessUsageError } from '../errors.ts'
import { type ControlOptions, createControl } from '../transport/control.ts'
import type { Explained } from './observation.ts'

/** By the ray of the refusal. Whatever goes wrong is said, and never ends the diagnosis. */
export function createExplainer(
  options: ControlOptions,
): (ray: string | undefined) => Promise<Explained> {
  const call = createControl(options)
  return async (ray) => {
    if (ray === undefined) return untried('the answer that refuses names no ray')
    try {
      const answered = await call(control.explain, { body: { ray } })
      if (answered.kind === 'other') return untried(refusal(answered))
      const { verdict, advice, application } = answered.result
      if (verdict === 'pass') return untried('the emulator lets the same request in now')
      const isDecided = application !== null || advice.length > 0
      return isDecided ? { kind: 'tried', advice } : untried('no policy decided this')
    } catch (error) {
      if (error instanceof AccessUsageError) throw error
      return untried('the control API of the emulator did not answer')
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
    return 'the control API of the emulator wants its admin token (--admin-token or ACCESS_EMULATOR_ADMIN_TOKEN)'
  }
  if (unknownRay().safeParse(answer).success)
    return 'the journal of the emulator no longer has the request'
  return `the control API of the emulator answered ${status}, which this version does not know`
}
