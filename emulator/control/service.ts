/** What a balancer and a monitoring system ask. */
import type { control } from '../../contracts/control/endpoints.ts'
import { fail } from '../../contracts/errors/errors.ts'
import type { ControlHandlers } from './context.ts'

type ServiceHandlers = ControlHandlers<Pick<typeof control, 'ready' | 'metrics'>>

export const ready: ServiceHandlers['ready'] = async (_call, { missing }) => {
  const reasons = await missing()
  return reasons.length === 0 ? { result: { ready: true } } : fail('not_ready', reasons.join(' '))
}

export const metrics: ServiceHandlers['metrics'] = async (_call, context) => {
  const collect = await context.metrics()
  if (collect === undefined) return fail('not_installed')
  const { text, type } = await collect()
  return { result: text, headers: { 'content-type': type } }
}
