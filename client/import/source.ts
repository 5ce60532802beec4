/** Where an account is read from: the API, or saved answers. */
import type { Command } from 'commander'
import type { Io, SharedFlags } from '../cli/options.ts'
import { readVariable, variables } from '../transport/environment.ts'
import { AccessUsageError } from '../transport/errors.ts'
import type { SavedAnswers } from './kinds.ts'

export interface SourceFlags
  extends Pick<SharedFlags, 'target' | 'emulator' | 'accountId' | 'apiToken'> {
  readonly from?: readonly string[]
  readonly zone?: readonly string[]
}

export function addSourceFlags(command: Command): Command {
  return command
    .option('--from <file...>', 'saved API answers (JSON), instead of calling the API')
    .option('--zone <name...>', 'only these zones; with --from, the zones of the account')
    .option('--target <name>', `emulator or live (${variables.target})`)
    .option('--emulator <url>', `address of the emulator (${variables.emulator})`)
    .option('--account-id <id>', `the account, also with --from (${variables.account_id})`)
    .option('--api-token <token>', `API token; better set ${variables.api_token}`)
}

/** All answers. What could not be read is said on stderr. */
export async function readSource(flags: SourceFlags, io: Io): Promise<SavedAnswers> {
  if (flags.apiToken !== undefined) {
    io.err(
      `warning: --api-token is visible to other processes on this machine; better set ${variables.api_token}\n`,
    )
  }
  const { answers, notes } = await answersOf(flags, io)
  for (const note of notes) io.err(`note: ${note}\n`)
  return answers
}

async function answersOf(flags: SourceFlags, io: Io) {
  if (flags.from !== undefined) {
    const { readAnswers } = await import('./files.ts')
    return await readAnswers(flags.from)
  }
  const [{ readAccount }, { createApiReader }, { targetFrom }] = await Promise.all([
    import('./account.ts'),
    import('../api/reader.ts'),
    import('../target/target.ts'),
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
