/** The flags that the commands of `access-client` share, and what they and the environment amount to. */
import { type Command, Option } from 'commander'
import { createApiReader } from '../api/reader.ts'
import { createAccessClient, type Met } from '../client.ts'
import type { Clock } from '../clock.ts'
import { type Environment, readVariable, variables } from '../environment.ts'
import { type Target, targetFrom } from '../target.ts'
import { type Strategy, strategies } from '../token/token.ts'

/** What a command has of the process around it. */
export interface Io {
  readonly env: Environment
  out(text: string | Uint8Array): void
  err(text: string): void
  /** In place of the target's `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  readonly clock?: Clock
}

export interface SharedFlags {
  readonly target?: 'emulator' | 'live'
  readonly emulator?: string
  readonly clientId?: string
  readonly clientSecret?: string
  readonly accountId?: string
  readonly apiToken?: string
  readonly adminToken?: string
  readonly aud?: string
  readonly team?: string
  readonly strategy?: Strategy
  readonly json?: true
}

export function addFlags(command: Command): Command {
  const flag = (flags: string, about: string) => new Option(flags, about)
  return command
    .addOption(
      flag(
        '--target <name>',
        `what to talk to (${variables.target}); live if neither it nor an emulator is named`,
      ).choices(['emulator', 'live']),
    )
    .addOption(flag('--emulator <url>', `address of the emulator (${variables.emulator})`))
    .addOption(flag('--client-id <id>', `of the service token (${variables.client_id})`))
    .addOption(flag('--client-secret <secret>', `better as variable (${variables.client_secret})`))
    .addOption(flag('--account-id <id>', `to look the AUD tag up (${variables.account_id})`))
    .addOption(flag('--api-token <token>', `the same; better as variable (${variables.api_token})`))
    .addOption(flag('--aud <tag>', 'AUD tag, for a host with several applications'))
    .addOption(flag('--team <name>', 'exchange on the team domain'))
    .addOption(
      flag('--strategy <name>', 'how to get the token; auto if not given').choices(strategies),
    )
    .addOption(flag('--json', 'answer in JSON'))
}

/** What the flags and the environment name, secrets wrapped. Warns of secrets on the command line. */
export function settingsFrom(
  flags: SharedFlags,
  io: Io,
  {
    onAnswer,
    target = targetOf(flags, io),
  }: { readonly onAnswer?: (met: Met) => void; readonly target?: Target | undefined } = {},
) {
  warnOfSecrets(flags, io)
  const { env } = io
  const account_id = flags.accountId ?? readVariable(env, 'account_id')
  const apiToken = flags.apiToken ?? readVariable(env, 'api_token')
  const { clientId, clientSecret } = flags
  const given = {
    ...(clientId === undefined ? {} : { client_id: clientId }),
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
  }
  return {
    target,
    client: createAccessClient({
      target,
      credentials: given,
      strategy: flags.strategy,
      team: flags.team,
      clock: io.clock,
      env,
      onAnswer,
    }),
    /** Says a sentence that is no answer, on stderr. */
    note: (sentence: string) => io.err(`note: ${sentence}\n`),
    /** Where account and API token are at hand. */
    api:
      account_id === undefined || apiToken === undefined
        ? undefined
        : createApiReader({ target, account_id, apiToken, env, clock: io.clock }),
  }
}

export function targetOf({ target, emulator }: SharedFlags, { fetch, env }: Io): Target {
  return targetFrom({ target, emulator, fetch, env })
}

export type Settings = ReturnType<typeof settingsFrom>

export function warnOfSecrets(flags: SharedFlags, io: Io): void {
  const given = [
    ['--client-secret', flags.clientSecret, variables.client_secret],
    ['--api-token', flags.apiToken, variables.api_token],
    ['--admin-token', flags.adminToken, variables.admin_token],
  ] as const
  for (const [flag, value, variable] of given) {
    if (value !== undefined) {
      io.err(`warning: ${flag} is visible to every process here; better set ${variable}\n`)
    }
  }
}
