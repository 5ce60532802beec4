/** The flags shared by the commands of `access-client`, and the settings that follow from them and the environment. */
import { type Command, Option } from 'commander'
import { createApiReader } from '../api/reader.ts'
import { type Target, targetFrom } from '../target/target.ts'
import { createAccessClient, type Met } from '../token/client.ts'
import { type Strategy, strategies } from '../token/token.ts'
import type { Clock } from '../transport/clock.ts'
import { type Environment, readVariable, variables } from '../transport/environment.ts'

/** What a command sees of its process. */
export interface Io {
  readonly env: Environment
  out(text: string | Uint8Array): void
  err(text: string): void
  /** Replaces the target's `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  readonly clock?: Clock
  /** Ends a command that serves; default SIGINT or SIGTERM. */
  readonly stop?: AbortSignal
}

export interface TargetFlags {
  readonly target?: 'emulator' | 'live'
  readonly emulator?: string
}

export interface PairFlags extends TargetFlags {
  readonly clientId?: string
  readonly clientSecret?: string
}

export interface SharedFlags extends PairFlags {
  readonly accountId?: string
  readonly apiToken?: string
  readonly adminToken?: string
  readonly aud?: string
  readonly team?: string
  readonly strategy?: Strategy
  readonly json?: true
}

/** What a command that sends requests works with. */
export interface CommandInput<F extends TargetFlags> {
  readonly flags: F
  readonly io: Io
  readonly target: Target
}

const flag = (flags: string, about: string) => new Option(flags, about)

export function addTargetFlags(command: Command): Command {
  return command
    .addOption(
      flag(
        '--target <name>',
        `what to talk to (${variables.target}); default live, or emulator if an address is given`,
      ).choices(['emulator', 'live']),
    )
    .addOption(flag('--emulator <url>', `address of the emulator (${variables.emulator})`))
}

export function addPairFlags(command: Command): Command {
  return addTargetFlags(command)
    .addOption(flag('--client-id <id>', `client id of the service token (${variables.client_id})`))
    .addOption(
      flag('--client-secret <secret>', `client secret; better set ${variables.client_secret}`),
    )
}

export function addFlags(command: Command): Command {
  return addPairFlags(command)
    .addOption(
      flag(
        '--account-id <id>',
        `account in which to look up the AUD tag (${variables.account_id})`,
      ),
    )
    .addOption(
      flag('--api-token <token>', `API token for the look-up; better set ${variables.api_token}`),
    )
    .addOption(flag('--aud <tag>', 'AUD tag, for a host with several applications'))
    .addOption(flag('--team <name>', 'team name; exchange on its team domain'))
    .addOption(flag('--strategy <name>', 'how to get the token; default auto').choices(strategies))
    .addOption(flag('--json', 'print JSON'))
}

/** The settings from flags and environment, with secrets wrapped. Warns about secrets on the command line. */
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
  const credentials = {
    ...(clientId === undefined ? {} : { client_id: clientId }),
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
  }
  return {
    target,
    client: createAccessClient({
      target,
      credentials,
      strategy: flags.strategy,
      team: flags.team,
      clock: io.clock,
      env,
      onAnswer,
    }),
    /** Prints a note on stderr. */
    note: (sentence: string) => io.err(`note: ${sentence}\n`),
    /** Undefined unless both the account and the API token are known. */
    api:
      account_id === undefined || apiToken === undefined
        ? undefined
        : createApiReader({ target, account_id, apiToken, env, clock: io.clock }),
  }
}

/** Whether a flag asks for a token that only a pair can be exchanged for. */
export function asksForExchange({ strategy, aud, team }: SharedFlags): boolean {
  return [strategy, aud, team].some((given) => given !== undefined)
}

export function targetOf({ target, emulator }: TargetFlags, { fetch, env }: Io): Target {
  return targetFrom({ target, emulator, fetch, env })
}

export type Settings = ReturnType<typeof settingsFrom>

export function warnOfSecrets(flags: SharedFlags, io: Io): void {
  const secrets = [
    ['--client-secret', flags.clientSecret, variables.client_secret],
    ['--api-token', flags.apiToken, variables.api_token],
    ['--admin-token', flags.adminToken, variables.admin_token],
  ] as const
  for (const [flag, value, variable] of secrets) {
    if (value !== undefined) {
      io.err(
        `warning: ${flag} is visible to other processes on this machine; better set ${variable}\n`,
      )
    }
  }
}
