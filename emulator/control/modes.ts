/** Failure modes: the catalogue, set and ended by one call each. */
import type { control } from '../../contracts/control.ts'
import { fail } from '../../contracts/errors.ts'
import type { ControlHandlers } from './context.ts'

type ModeHandlers = ControlHandlers<Pick<typeof control, 'listModes' | 'setMode' | 'endMode'>>

export const listModes: ModeHandlers['listModes'] = () => ({ result: { result: [] } })
export const setMode: ModeHandlers['setMode'] = ({ params }) =>
  fail('unknown', `There is no mode "${params.id}".`)
export const endMode: ModeHandlers['endMode'] = ({ params }) =>
  fail('unknown', `There is no mode "${params.id}".`)
