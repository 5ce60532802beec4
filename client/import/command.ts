/** The command `import`: turns a Cloudflare account into a seed for the emulator. */
import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Io, SharedFlags } from '../cli/options.ts'
import { readVariable, variables } from '../environment.ts'
import { AccessUsageError } from '../errors.ts'

interface ImportFlags extends Pick<SharedFlags, 'target' | 'emulator' | 'accountId' | 'apiToken'> {
  readonly from?: readonly string[]
  readonly zone?: readonly string[]
  readonly out?: string
}

const help = `
Exit codes: 0 done, 2 could not run.

Example, without credentials:
  $ curl -s -H "Authorization: Bearer $TOKEN" "$API/access/apps" > apps.json
  $ access-client import --from apps.json policies.json tokens.json --out seed.yaml
  $ access-emulator start --seed seed.yaml`

export function addImport(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('import')
    .description('Turns an account into a seed, from the API (read-only) or from saved answers.')
    .option('--from <file...>', 'saved API answers (JSON), instead of calling the API')
    .option('--zone <name...>', 'only these zones; with --from, the zones of the account')
    .option(
      '-o, --out <file>',
      'write the seed to this .yaml or .json file; default YAML on stdout',
    )
    .option('--target <name>', `emulator or live (${variables.target})`)
    .option('--emulator <url>', `address of the emulator (${variables.emulator})`)
    .option('--account-id <id>', `account to import, also with --from (${variables.account_id})`)
    .option('--api-token <token>', `API token; better set ${variables.api_token}`)
    .addHelpText('after', help)
    .action(async (flags: ImportFlags) => {
      await importSeed(flags, io)
      done(0)
    })
}

async function importSeed(flags: ImportFlags, io: Io): Promise<void> {
  const [{ seedOf }, { fitting }] = await Promise.all([
    import('./seed-of.ts'),
    import('./fitting.ts'),
  ])
  if (flags.apiToken !== undefined) {
    io.err(
      `warning: --api-token is visible to other processes on this machine; better set ${variables.api_token}\n`,
    )
  }
  const read = await answersOf(flags, io)
  const fit = fitting(read.answers)
  for (const note of [...read.notes, ...fit.notes]) io.err(`note: ${note}\n`)
  const { seed, notes } = seedOf(fit.answers, {
    zones: flags.zone ?? [],
    account_id: flags.accountId,
    otherwise: readVariable(io.env, 'account_id'),
  })
  for (const note of notes) io.err(`note: ${note}\n`)
  // The default export: a bundle sees no other when it loads a CommonJS package dynamically.
  const { default: yaml } = await import('yaml')
  const text = flags.out?.endsWith('.json')
    ? `${JSON.stringify(seed, null, 2)}\n`
    : yaml.stringify(seed, { lineWidth: 0, aliasDuplicateObjects: false })
  if (flags.out === undefined) {
    io.out(text)
    return
  }
  await writeFile(flags.out, text).catch((error: unknown) => {
    throw new AccessUsageError({
      what: `${flags.out} cannot be written (${error instanceof Error ? error.message : error}).`,
      todo: 'Choose another file with --out.',
    })
  })
}

async function answersOf(flags: ImportFlags, io: Io) {
  if (flags.from !== undefined) {
    const { readAnswers } = await import('./files.ts')
    return await readAnswers(flags.from)
  }
  const [{ readAccount }, { createApiReader }, { targetFrom }] = await Promise.all([
    import('./account.ts'),
    import('../api/reader.ts'),
    import('../target.ts'),
  ])
  const { env } = io
  const account_id = flags.accountId ?? readVariable(env, 'account_id')
  if (account_id === undefined) {
    throw new AccessUsageError({
      what: 'The account is missing.',
      todo: `Set ${variables.account_id}, or read saved answers with --from.`,
    })
  }
  const { target: named, emulator } = flags
  const target = targetFrom({ target: named, emulator, fetch: io.fetch, env })
  const common = { target, apiToken: flags.apiToken, env, clock: io.clock }
  return await readAccount({
    api: createApiReader({ ...common, account_id }),
    account_id,
    ofZone: (zone_id) => createApiReader({ ...common, zone_id }),
    zones: flags.zone ?? [],
  })
}
