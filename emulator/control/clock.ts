/** The World's clock, which all accounts share. */
import type { control } from '../../contracts/control/endpoints.ts'
import type { BodyOf } from '../../contracts/declaration/endpoint.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { refusedBy } from '../account/stored.ts'
import type { ClockSetting, World } from '../world/world.ts'
import type { ControlHandler } from './context.ts'

function shown({ clock }: World) {
  const { now, mode } = clock.state()
  return { now: new Date(now).toISOString(), mode }
}

export const getClock: ControlHandler<'getClock'> = (_call, { world }) => ({ result: shown(world) })

export const setClock: ControlHandler<'setClock'> = async ({ body }, context) => {
  const { world } = context
  if ('advance' in body && body.advance < 0) {
    return fail('bad_request', 'advance: seconds, 0 or more')
  }
  const refused = await refusedBy(context.setClock(settingIn(body, world)))
  return refused ?? { result: shown(world) }
}

function settingIn(body: BodyOf<typeof control.setClock>, { clock }: World): ClockSetting {
  if ('at' in body) return clock.next.freeze(Date.parse(body.at))
  return 'real' in body ? clock.next.real() : clock.next.advance(body.advance * 1000)
}
