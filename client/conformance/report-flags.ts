/** The flags of the command `conform`. */
import { type Command, Option } from 'commander'
import { type Profile, profiles } from '../../contracts/behaviours/table.ts'
import { variables } from '../transport/environment.ts'
import { liveVariables } from './live-variables.ts'

export interface ConformFlags {
  readonly target?: 'emulator' | 'live'
  readonly emulator?: string
  readonly profile?: Profile
  readonly out?: string
  readonly only?: string
  readonly adminToken?: string
  readonly credentials?: string
  readonly accountId?: string
  readonly zone?: string
  readonly protectedUrl?: string
  readonly allowWrites?: string
  readonly prefix?: string
  readonly wildcardHosts?: true
  readonly settleSeconds?: string
  readonly dryRun?: true
  readonly sweep?: true
}

export function addConformFlags(command: Command): Command {
  const named = (flags: string, about: string) => new Option(flags, about)
  return command
    .addOption(named('--target <name>', 'the target to test').choices(['emulator', 'live']))
    .option('--emulator <url>', `address of the emulator (${variables.emulator})`)
    .addOption(named('--profile <name>', 'profile that the emulator should use').choices(profiles))
    .option('--admin-token <token>', 'admin token of an emulator that is not on loopback')
    .option('-o, --out <file>', 'file for the report (default: stdout)')
    .option('--only <text>', 'only cases whose id begins with this, such as gate/')
    .option('--dry-run', 'only print what would be requested and written')
    .option(
      '--credentials <file>',
      'file of variables, one NAME=value per line, overriding the environment',
    )
    .option('--account-id <id>', `live: the account (${variables.account_id})`)
    .option('--zone <name>', `live: the zone for new names (${liveVariables.zone})`)
    .option(
      '--protected-url <url>',
      `live: a URL that the pair opens (${liveVariables.protected_url})`,
    )
    .option(
      '--allow-writes <account-id>',
      `live: id of the account that may be written to (${liveVariables.allow_writes})`,
    )
    .option('--prefix <text>', `live: prefix of all names created (${liveVariables.name_prefix})`)
    .option('--wildcard-hosts', `live: every name is proxied (${liveVariables.wildcard_hosts}=1)`)
    .option(
      '--settle-seconds <n>',
      `live: time until a change is in force (${liveVariables.settle_seconds})`,
    )
    .option(
      '--sweep',
      'live: list leftovers of runs with this prefix; with --allow-writes remove them',
    )
}
