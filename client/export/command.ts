/** The command `export`: an account as a seed that can be shared, or as Terraform configuration. */
import type { Command } from 'commander'
import type { Io } from '../cli/options.ts'
import { addSourceFlags, readSource, type SourceFlags } from '../import/source.ts'
import { writeSeed, writeText } from '../import/write-seed.ts'
import { readVariable } from '../transport/environment.ts'
import { AccessUsageError } from '../transport/errors.ts'

interface ExportFlags extends SourceFlags {
  readonly out?: string
  readonly terraform?: true
}

const help = `
Secrets are never written: where one belongs, the seed says \${NAME}, and the emulator reads that variable when it starts;
configuration has a sensitive variable. Their names are listed on stderr.

The first plan imports everything. It writes anew only what Cloudflare's provider cannot read back: secrets, policies of
one application alone, the servers of an MCP portal.

Exit codes: 0 done, 2 could not run.

Examples:
  $ access-client export --out seed.yaml
  $ access-client export --terraform --out access.tf && terraform plan`

export function addExport(program: Command, io: Io, done: (code: number) => void): void {
  addSourceFlags(program.command('export'))
    .description('Writes an account as a seed with variables for secrets, or for Terraform.')
    .option('--terraform', 'write Terraform configuration with import blocks instead of a seed')
    .option('-o, --out <file>', 'write to this file; default stdout')
    .addHelpText('after', help)
    .action(async (flags: ExportFlags) => {
      await (flags.terraform ? exportTerraform(flags, io) : exportSeed(flags, io))
      done(0)
    })
}

async function exportSeed(flags: ExportFlags, io: Io): Promise<void> {
  const [{ seedFrom }, { withVariables }] = await Promise.all([
    import('../import/seed-from.ts'),
    import('./seed-variables.ts'),
  ])
  const { seed, variables } = withVariables(await seedFrom(flags, io))
  await writeSeed(seed, flags.out, io)
  sayVariables(variables, io)
}

async function exportTerraform(flags: ExportFlags, io: Io): Promise<void> {
  const { terraformOf } = await import('./terraform.ts')
  const answers = await readSource(flags, io)
  const account_id =
    flags.accountId ?? readVariable(io.env, 'account_id') ?? answers.accounts[0]?.id
  if (typeof account_id !== 'string') {
    throw new AccessUsageError({
      what: 'The answers do not say which account they are of.',
      todo: 'Give its id with --account-id.',
    })
  }
  const { text, variables } = terraformOf(answers, account_id)
  await writeText(text, flags.out, io)
  sayVariables(variables, io)
}

function sayVariables(names: readonly string[], io: Io): void {
  if (names.length > 0) io.err(`note: variables to set: ${names.join(', ')}\n`)
}
