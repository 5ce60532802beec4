/** The command `import`: turns a Cloudflare account into a seed for the emulator. */
import type { Command } from 'commander'
import type { Io } from '../cli/options.ts'
import { addSourceFlags, type SourceFlags } from './source.ts'
import { writeSeed } from './write-seed.ts'

interface ImportFlags extends SourceFlags {
  readonly out?: string
}

const help = `
Exit codes: 0 done, 2 could not run.

Example, without credentials:
  $ curl -s -H "Authorization: Bearer $TOKEN" "$API/access/apps" > apps.json
  $ access-client import --from apps.json policies.json tokens.json --out seed.yaml
  $ access-emulator start --seed seed.yaml`

export function addImport(program: Command, io: Io, done: (code: number) => void): void {
  addSourceFlags(program.command('import'))
    .description('Turns an account into a seed, from the API (read-only) or from saved answers.')
    .option(
      '-o, --out <file>',
      'write the seed to this .yaml or .json file; default YAML on stdout',
    )
    .addHelpText('after', help)
    .action(async (flags: ImportFlags) => {
      await importSeed(flags, io)
      done(0)
    })
}

async function importSeed(flags: ImportFlags, io: Io): Promise<void> {
  const { seedFrom } = await import('./seed-from.ts')
  const seed = await seedFrom(flags, io)
  const [{ service_tokens }] = seed.accounts
  if (Array.isArray(service_tokens) && service_tokens.length > 0) {
    io.err('note: Service tokens get secrets from the emulator; GET /__access/seed shows them.\n')
  }
  await writeSeed(seed, flags.out, io)
}
