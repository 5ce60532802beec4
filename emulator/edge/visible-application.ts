import type { Fault } from '../../contracts/control/faults.ts'
import type { Account, Guard, PerhapsLater } from '../account/account.ts'
import type { World } from '../world/world.ts'
import type { EdgeRequest } from './request.ts'

export type VisibleApplication = Guard & { readonly acted?: Fault }

/** The application that covers a host and path, unless a fault hides it. */
export function visibleApplication(
  edgeRequest: Pick<EdgeRequest, 'host' | 'path'>,
  account: Account,
  world: World,
): PerhapsLater<VisibleApplication> {
  const guard = account.applications.guardAt(edgeRequest.host, edgeRequest.path)
  const { application } = guard
  if (application === undefined) return guard
  const facts = () => ({
    host: edgeRequest.host,
    path: edgeRequest.path,
    application: application.id,
  })
  const hidden = account.faults.at('edge.application', facts, world.now(), ['unseen'])
  const seen = (by: Awaited<typeof hidden>) => (by === undefined ? guard : { acted: by.fault })
  return hidden instanceof Promise ? hidden.then(seen) : seen(hidden)
}
