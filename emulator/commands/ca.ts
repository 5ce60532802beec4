/** `access-emulator ca`: makes a certificate authority for the names served and says how to trust it. Installs nothing. */
import { Command, Option } from 'commander'
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { createWorld } from '../world/world.ts'
import { type AdminTokenFlags, adminTokenOf, withAdminToken } from './admin-token.ts'
import { ask, seedAccounts, urlFlag } from './running.ts'

interface CaFlags extends AdminTokenFlags {
  readonly forSystem?: readonly string[]
  readonly url: string
  readonly seed: string
  readonly json?: boolean
}

export function caCommand(): Command {
  return withAdminToken(new Command('ca'))
    .description(
      'make a certificate authority that is valid only for the names the emulator serves, and say how to trust it',
    )
    .option(
      '--for-system <name...>',
      'cover these names and their subdomains instead of the names served',
    )
    .addOption(urlFlag('the emulator whose names to cover'))
    .addOption(
      new Option('--seed <name|file>', 'the seed whose names to cover if no emulator answers')
        .env('ACCESS_EMULATOR_SEED')
        .default('example'),
    )
    .option('--json', 'print JSON')
    .action(print)
}

async function print(flags: CaFlags): Promise<void> {
  const { names: wanted, of } = await namesFor(flags)
  const trust = await rootFor(wanted)
  const { certPath, keyPath, fingerprint256, notAfterMs, names } = trust
  const expires = new Date(notAfterMs).toISOString()
  if (flags.json === true) {
    const shown = {
      certificate: certPath,
      key: keyPath,
      fingerprint_sha256: fingerprint256,
      expires_at: expires,
      names,
      names_of: of,
    }
    process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`)
    return
  }
  const { trustPage } = await import('./trust-page.ts')
  process.stdout.write(trustPage({ certPath, keyPath, fingerprint256, expires, names, of }))
}

interface ConstrainedNames {
  readonly names: readonly string[]
  /** Where the names come from, in words. */
  readonly of: string
}

/** From the command line; else from the running emulator; else from the seed. */
async function namesFor(flags: CaFlags): Promise<ConstrainedNames> {
  const { forSystem, url, seed } = flags
  if (forSystem !== undefined) return { names: forSystem, of: 'the command line' }
  const running = { url, adminToken: adminTokenOf(flags) }
  if ((await ask(running, 'health')) !== undefined) {
    return { names: namesOf(await seedAccounts(running)), of: `the emulator at ${url}` }
  }
  const { createEmulator } = await import('../instance/create.ts')
  const emulator = await createEmulator({ seed }).catch((error) => {
    throw error instanceof RangeError ? new OptionProblem(error.message) : error
  })
  const names = namesOf(emulator.accounts())
  await emulator.close()
  return { names, of: `the seed ${seed} (no emulator answers at ${url})` }
}

/** The names that a certificate for these accounts must cover. */
export function namesOf(accounts: readonly SeedAccount[]): readonly string[] {
  const own = accounts.flatMap(({ auth_domain, zones }) => [
    ...(auth_domain === '' ? [] : [auth_domain]),
    ...zones.map(({ name }) => name),
  ])
  return ['api.cloudflare.com', ...own]
}

/** The authority for these names. @throws OptionProblem if it cannot be made */
export async function rootFor(names: readonly string[]) {
  const { openCa, systemRoot } = await import('../network/tls/ca.ts')
  const options = { world: createWorld() }
  try {
    // The emulator signs with this authority; the one made below vouches for it.
    await openCa(options)
    return await systemRoot(options, names)
  } catch (error) {
    if (error instanceof RangeError) throw new OptionProblem(error.message)
    throw (await import('./local-trust.ts')).explained(error)
  }
}
