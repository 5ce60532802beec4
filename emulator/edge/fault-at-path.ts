/** A fault at `edge.path` acts on any path of Access, even one without an operation or application. */
import type { Account, Acting, PerhapsLater } from '../account/account.ts'
import type { World } from '../world/world.ts'
import type { EdgeRequest } from './request.ts'

export type ActingAtPath = Acting<'status'>

export function faultAtPath(
  { host, path, query, method }: EdgeRequest,
  account: Account,
  world: World,
): PerhapsLater<ActingAtPath | undefined> {
  return account.faults.at('edge.path', () => ({ host, path, query, method }), world.now(), [
    'status',
  ])
}
