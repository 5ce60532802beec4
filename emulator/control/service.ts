/** What a balancer and a monitoring system ask. */
import { fail } from '../../contracts/errors/errors.ts'
import type { ControlHandler } from './context.ts'

export const ready: ControlHandler<'ready'> = async (_call, { missing }) => {
  const reasons = await missing()
  return reasons.length === 0 ? { result: { ready: true } } : fail('not_ready', reasons.join(' '))
}

export const metrics: ControlHandler<'metrics'> = async (_call, context) => {
  const collect = await context.metrics()
  if (collect === undefined) return fail('not_installed')
  const { text, type } = await collect()
  return { result: text, headers: { 'content-type': type } }
}
