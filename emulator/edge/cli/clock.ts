import type { Account } from '../../account/account.ts'
import type { World } from '../../world/world.ts'

/** The time, in milliseconds, for what cloudflared and sshd compare with their own clocks (emulator-programs-clock). */
export function programsNow(account: Account, world: World): number {
  return account.behaviour('programs.clock') === 'wall' ? world.wallNow() : world.now()
}
