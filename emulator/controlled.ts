/** The emulator, as the control API and listeners of the journal see it. */
import { fail } from '../contracts/errors.ts'
import type { SeedAccountData } from '../contracts/seed.ts'
import type { Rays } from './account/rays.ts'
import { createCallApi } from './api/in-process.ts'
import type { Controlled } from './control/context.ts'
import { entryOf } from './control/entry.ts'
import type { EmulatorOptions } from './options.ts'
import type { Readiness } from './readiness.ts'
import { type Seeding, seedAccount } from './seeds/apply-seed.ts'
import type { OpenedAccounts } from './seeds/open-accounts.ts'
import { SeedProblem } from './seeds/problem.ts'
import { seedShared } from './seeds/seed-shared.ts'
import { NotStored, Outrun } from './state/log.ts'
import type { AccountLease } from './state/rows.ts'
import { freshEntropy, setClock } from './world.ts'

/** What the control API acts on. */
export function controlledWorld(
  { world, accounts, seedName, seeding, changes }: OpenedAccounts,
  rays: Rays,
  { at, adminToken, shared = false }: EmulatorOptions,
  { missing }: Readiness,
): Controlled {
  const { profile, overrides } = seeding
  return {
    ...{
      world,
      accounts,
      everyAccount: accounts,
      profile,
      overrides,
      seedName,
      adminToken,
      shared,
    },
    nextRay: rays.next,
    missing,
    current: changes.shared?.current,
    // Not from the emulator's World: who knows its entropy must not know the token.
    newAccountToken: () => `aeat_${freshEntropy()}`,
    seedAccount: (data, lease) => seedAccountLater(data, lease, seeding),
    callApi: createCallApi({ world, accounts }),
    resetWorld() {
      rays.reset()
      accounts.journals.ofNone.clear()
      if (at === undefined) world.clock.real()
      else setClock(world.clock, at)
    },
  }
}

/** An invalid account is an error response of the control API, and does not stop the emulator. */
async function seedAccountLater(
  data: SeedAccountData,
  lease: AccountLease | undefined,
  seeding: Seeding,
) {
  if (seeding.log.refuses()) return fail('write_refused')
  try {
    if (seeding.log.shared !== undefined) return await seedShared(data, seeding, lease)
    return await seedAccount(data, seeding, [], lease)
  } catch (error) {
    if (error instanceof SeedProblem) {
      return fail('bad_request', `${error.path.join('.')}: ${error.message}`)
    }
    if (error instanceof NotStored) return fail('write_refused', error.message)
    if (seeding.log.refuses() && !(error instanceof Outrun)) return fail('write_refused')
    throw error
  }
}

/** Loads what explains an entry only for a listener. */
export async function tell(
  onEntry: NonNullable<EmulatorOptions['onEntry']>,
  controlled: Controlled,
): Promise<void> {
  const { explainedEntry } = await import('./control/explain.ts')
  controlled.everyAccount.journals.listen((added) =>
    onEntry(entryOf(added), () => explainedEntry(added, controlled)),
  )
}
