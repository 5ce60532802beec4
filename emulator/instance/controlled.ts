/** The emulator, as the control API and listeners of the journal see it. */

import type { SeedAccountData } from '../../contracts/control/seed.ts'
import { once } from '../../contracts/declaration/endpoint.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import { OverQuota } from '../account/quota.ts'
import type { Rays } from '../account/rays.ts'
import type { SharedJournal } from '../account/shared-journal.ts'
import { createCallApi } from '../api/in-process.ts'
import type { AccountMaking, Controlled } from '../control/context.ts'
import { entryOf } from '../control/entry.ts'
import { type Seeding, seedAccount } from '../seeds/apply-seed.ts'
import type { OpenedAccounts } from '../seeds/open-accounts.ts'
import { SeedProblem } from '../seeds/problem.ts'
import { seedShared } from '../seeds/seed-shared.ts'
import { type ChangeLog, NotStored, Outrun, type WriteDone } from '../state/log.ts'
import { type ClockSetting, freshEntropy, settingAt, type World } from '../world/world.ts'
import type { EmulatorOptions } from './options.ts'
import type { Readiness } from './readiness.ts'

/** What the control API acts on. */
export function controlledWorld(
  { world, accounts, seedName, seeding, changes }: OpenedAccounts,
  rays: Rays,
  { at, adminToken, shared = false }: EmulatorOptions,
  readiness: Readiness,
  journal: SharedJournal | undefined,
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
    current: changes.shared?.current,
    missing: readiness.missing,
    metrics: once(async () => {
      const { startMetrics } = await import('./metrics.ts')
      return startMetrics({ accounts, changes, readiness })
    }),
    clearJournal: async (account) => journal?.clear(account),
    // Not from the emulator's World: who knows its entropy must not know the token.
    newAccountToken: () => `aeat_${freshEntropy()}`,
    async accountFrom(template) {
      const { accountFrom } = await import('../seeds/template.ts')
      return orBadRequest(['seed'], () => accountFrom(template))
    },
    seedAccount: (data, making) => seedAccountLater(data, making, seeding),
    callApi: createCallApi({ world, accounts }),
    setClock: (setting) => setClock(setting, changes, world),
    resetWorld() {
      if (changes.shared === undefined) rays.reset()
      accounts.journals.ofNone.clear()
      return setClock(settingAt(world.clock, at), changes, world)
    },
  }
}

function setClock(setting: ClockSetting, log: ChangeLog, { clock }: World): WriteDone {
  if (log.shared !== undefined) return log.append({ kind: 'clock', account: '', setting })
  clock.set(setting)
  return undefined
}

async function seedAccountLater(
  data: SeedAccountData,
  making: AccountMaking | undefined,
  seeding: Seeding,
) {
  if (seeding.log.refuses()) return fail('write_refused')
  const { keepsPublishedIds, keepsExplicitIds } = seeding
  const keeps = making === undefined ? keepsExplicitIds : !making.isPublished || keepsPublishedIds
  try {
    const made = { ...seeding, keepsExplicitIds: keeps }
    return await orBadRequest([], () =>
      seeding.log.shared === undefined
        ? seedAccount(data, made, [], making?.lease)
        : seedShared(data, made, making?.lease),
    )
  } catch (error) {
    if (error instanceof OverQuota) {
      return fail('quota_exceeded', `Its seed is larger than the account may be. ${error.message}`)
    }
    if (error instanceof NotStored) return fail('write_refused', error.message)
    if (seeding.log.refuses() && !(error instanceof Outrun)) return fail('write_refused')
    throw error
  }
}

/** An invalid account is an error response of the control API, and does not stop the emulator. */
async function orBadRequest<T>(
  at: readonly string[],
  make: () => T | Promise<T>,
): Promise<T | Failure<'bad_request'>> {
  try {
    return await make()
  } catch (error) {
    if (!(error instanceof SeedProblem)) throw error
    return fail('bad_request', `${[...at, ...error.path].join('.')}: ${error.message}`)
  }
}

/** Loads what explains an entry only for a listener. */
export async function tell(
  onEntry: NonNullable<EmulatorOptions['onEntry']>,
  controlled: Controlled,
): Promise<void> {
  const { explainedEntry } = await import('../control/explain.ts')
  controlled.everyAccount.journals.listen((added) =>
    onEntry(entryOf(added), () => explainedEntry(added, controlled)),
  )
}
