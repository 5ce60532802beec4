import type { Fault } from '../../contracts/faults.ts'
import type { Account } from '../account/account.ts'
import { type Guard, guardAt } from '../account/evaluate.ts'
import type { World } from '../world.ts'
import type { Visit } from './request.ts'

/** The application of a host and path, unless a fault hides it. */
export function visibleApplication(
  visit: Pick<Visit, 'host' | 'path'>,
  account: Account,
  world: World,
): Guard & { readonly acted?: Fault } {
  const guard = guardAt(account, visit.host, visit.path)
  const { application } = guard
  if (application === undefined) return guard
  const facts = () => ({ host: visit.host, path: visit.path, application: application.id })
  const hidden = account.faults.at('edge.application', facts, world.now(), ['unseen'])
  return hidden === undefined ? guard : { acted: hidden.fault }
}
