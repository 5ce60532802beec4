/** `CF_Binding`: the cookie that an application can require beside `CF_Authorization` (edge-binding-cookie). */
import { hex } from '../ids.ts'
import { sameSecret } from '../secrets.ts'
import type { World } from '../world.ts'

/** The value that belongs to one token. Nothing is stored: who lacks the entropy cannot make it. */
export function bindingOf(world: World, token: string): string {
  return hex(world.bytes(32, 'binding', token))
}

/** Whether one of the `CF_Binding` values that came with a token is its own. */
export function isBound(world: World, token: string, sent: readonly string[]): boolean {
  if (sent.length === 0) return false
  const own = bindingOf(world, token)
  return sent.some((value) => sameSecret(value, own))
}
