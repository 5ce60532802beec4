/** The commands `conform` and `conform diff`. */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { parseJson } from '../../contracts/declaration/json.ts'
import type { Io } from '../cli/options.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { addConformFlags, type ConformFlags } from './report-flags.ts'

export function addConform(program: Command, io: Io, done: (code: number) => void): void {
  const command = addConformFlags(program.command('conform'))
    .description(
      'Run the contract cases against a target and write a report of its normalised answers.',
    )
    .addHelpText('after', help)
    .action(async (flags: ConformFlags) => {
      // Loaded lazily: the cases are many, and no other command needs them.
      const { conform } = await import('./report-command.ts')
      done(await conform(flags, io))
    })
  command
    .command('diff <before> <after>')
    .description('Compare two reports: exit code 0 if they agree, 1 if they differ.')
    .option('--json', 'print JSON')
    .action(async (before: string, after: string, flags: { readonly json?: true }) => {
      done(await diff(before, after, flags, io))
    })
}

const help = `
Exit codes: 0 every case passed, 1 one failed, 2 could not run.

Live it only reads, unless --allow-writes names the account and --prefix the prefix of all names it creates.
The API token and the pair come from CLOUDFLARE_API_TOKEN, CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET.

Example:
  $ access-client conform --target emulator --out monday.json
  $ access-client conform diff monday.json tuesday.json`

async function diff(
  before: string,
  after: string,
  { json }: { readonly json?: true },
  io: Io,
): Promise<number> {
  const [{ compareReports }, { driftWords }] = await Promise.all([
    import('./diff.ts'),
    import('./diff-words.ts'),
  ])
  const [one, other] = [await readReport(before), await readReport(after)]
  const comparison = compareReports(one, other)
  io.out(json ? `${JSON.stringify(comparison)}\n` : driftWords(comparison))
  return comparison.drift.length === 0 ? 0 : 1
}

async function readReport(file: string) {
  const { report } = await import('./report-shape.ts')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  const parsed = report().safeParse(text === undefined ? undefined : parseJson(text))
  if (parsed.success) return parsed.data
  throw new AccessUsageError({
    what: `${file} ${text === undefined ? 'cannot be read' : 'is not a report of "access-client conform"'}.`,
    todo: 'Create one with "access-client conform --out FILE".',
  })
}
