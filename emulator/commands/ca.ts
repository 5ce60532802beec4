/** `access-emulator ca`: where the local certificate authority is and how to trust it. It is never installed from here. */
import { Command } from 'commander'
import { OptionProblem } from '../options.ts'
import { createWorld } from '../world.ts'

interface Flags {
  readonly forSystem?: readonly string[]
  readonly json?: boolean
}

export function caCommand(): Command {
  return new Command('ca')
    .description('print the local certificate authority and how to trust it; made on first use')
    .option(
      '--for-system <name...>',
      'a separate one to trust system-wide, good for these names and what is below them only',
    )
    .option('--json', 'as JSON')
    .action(print)
}

async function print({ forSystem, json }: Flags): Promise<void> {
  const trust = await rootFor(forSystem)
  const { certPath, keyPath, fingerprint256, notAfterMs, names } = trust
  const expires = new Date(notAfterMs).toISOString()
  if (json === true) {
    const shown = {
      certificate: certPath,
      key: keyPath,
      fingerprint_sha256: fingerprint256,
      expires_at: expires,
      names: names ?? null,
    }
    process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`)
    return
  }
  const { trustPage } = await import('./trust-page.ts')
  process.stdout.write(trustPage({ certPath, keyPath, fingerprint256, expires, names }))
}

async function rootFor(names: readonly string[] | undefined) {
  const { openCa, systemRoot } = await import('../front/ca.ts')
  const options = { world: createWorld() }
  try {
    if (names !== undefined) return await systemRoot(options, names)
    return { ...(await openCa(options)), names }
  } catch (error) {
    if (error instanceof RangeError) throw new OptionProblem(error.message)
    throw (await import('./local-trust.ts')).explained(error)
  }
}
