/** What a balancer and a monitoring system ask. */
import type { control } from '../../contracts/control/endpoints.ts'
import { fail } from '../../contracts/errors.ts'
import type { ControlHandlers } from './context.ts'

type ServiceHandlers = ControlHandlers<Pick<typeof control, 'ready'>>

export const ready: ServiceHandlers['ready'] = async (_call, { missing }) => {
  const reasons = await missing()
  return reasons.length === 0 ? { result: { ready: true } } : fail('not_ready', reasons.join(' '))
}
