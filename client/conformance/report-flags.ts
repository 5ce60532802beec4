/** The flags of the command `conform`. */
import { type Command, Option } from 'commander'
import { type Profile, profiles } from '../../contracts/behaviours/table.ts'
import { variables } from '../environment.ts'
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
    .addOption(named('--target <name>', 'what to ask').choices(['emulator', 'live']))
    .option('--emulator <url>', `address of the emulator (${variables.emulator})`)
    .addOption(named('--profile <name>', 'world that the emulator shall be').choices(profiles))
    .option('--admin-token <token>', 'of an emulator that is not on loopback')
    .option('-o, --out <file>', 'where the report goes; without it to stdout')
    .option('--only <text>', 'only cases whose id begins so, such as gate/')
    .option('--dry-run', 'say what would be asked and written, and ask nothing more')
    .option('--credentials <file>', 'variables, one a line as NAME=value, over the environment')
    .option('--account-id <id>', `live: the account (${variables.account_id})`)
    .option('--zone <name>', `live: the zone of names (${liveVariables.zone})`)
    .option(
      '--protected-url <url>',
      `live: a URL that the pair opens (${liveVariables.protected_url})`,
    )
    .option('--allow-writes <account-id>', `live: the account (${liveVariables.allow_writes})`)
    .option('--prefix <text>', `live: of all names made (${liveVariables.name_prefix})`)
    .option('--wildcard-hosts', `live: every name is proxied (${liveVariables.wildcard_hosts}=1)`)
    .option(
      '--settle-seconds <n>',
      `live: until a change is in force (${liveVariables.settle_seconds})`,
    )
    .option('--sweep', 'live: list what runs with this prefix left; with --allow-writes remove it')
}
