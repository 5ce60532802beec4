/** `CF_Binding`: the cookie that an application can require in addition to `CF_Authorization` (edge-binding-cookie). */
import { hex } from '../world/ids.ts'
import { sameSecret } from '../world/secrets.ts'
import type { World } from '../world/world.ts'

/** The value that belongs to one token. Derived, not stored: without the entropy it cannot be computed. */
export function bindingOf(world: World, token: string): string {
  return hex(world.bytes(32, 'binding', token))
}

/** Whether one of the `CF_Binding` values sent belongs to the token. */
export function isBound(world: World, token: string, sent: readonly string[]): boolean {
  if (sent.length === 0) return false
  const own = bindingOf(world, token)
  return sent.some((value) => sameSecret(value, own))
}
