/** The seed that a source gives. What was left out is said on stderr. */
import type { Io } from '../cli/options.ts'
import { readVariable } from '../transport/environment.ts'
import { fitting } from './fitting.ts'
import { type MadeSeed, seedOf } from './seed-of.ts'
import { readSource, type SourceFlags } from './source.ts'

export async function seedFrom(flags: SourceFlags, io: Io): Promise<MadeSeed['seed']> {
  const fit = fitting(await readSource(flags, io))
  const { seed, notes } = seedOf(fit.answers, {
    zones: flags.zone ?? [],
    account_id: flags.accountId,
    otherwise: readVariable(io.env, 'account_id'),
  })
  for (const note of [...fit.notes, ...notes]) io.err(`note: ${note}\n`)
  return seed
}
