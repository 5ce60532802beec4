/** The World's clock, which all accounts share. */
import type { control } from '../../contracts/control/endpoints.ts'
import { fail } from '../../contracts/errors.ts'
import type { World } from '../world.ts'
import type { ControlHandlers } from './context.ts'

type ClockHandlers = ControlHandlers<Pick<typeof control, 'getClock' | 'setClock'>>

function shown({ clock }: World) {
  const { now, mode } = clock.state()
  return { now: new Date(now).toISOString(), mode }
}

export const getClock: ClockHandlers['getClock'] = (_call, { world }) => ({ result: shown(world) })

export const setClock: ClockHandlers['setClock'] = ({ body }, { world }) => {
  if ('at' in body) world.clock.freeze(Date.parse(body.at))
  else if ('real' in body) world.clock.real()
  else if (body.advance < 0) return fail('bad_request', 'advance: seconds, 0 or more')
  else world.clock.advance(body.advance * 1000)
  return { result: shown(world) }
}
