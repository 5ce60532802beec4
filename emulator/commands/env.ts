/** `access-emulator env`: prints what `run` sets, as shell lines, for an emulator that is already running. */
import { Command, Option } from 'commander'
import { OptionProblem } from '../world/option-problem.ts'
import { type AdminTokenFlags, adminTokenOf, withAdminToken } from './admin-token.ts'
import type { Environment } from './environment.ts'
import { type MappedFlags, mappedVariables, withMappedFlags } from './mapped.ts'
import { addressOf, defaultUrl } from './running.ts'

interface EnvFlags extends AdminTokenFlags, MappedFlags {
  readonly url: string
  readonly keepEnv?: boolean
  readonly unset?: boolean
  readonly json?: boolean
}

/** @param preload path of the script that makes Node use the proxy */
export function envCommand(preload: string): Command {
  const command = withAdminToken(new Command('env'))
    .description(
      'print what `run` sets, for a shell and a running emulator: eval "$(access-emulator env)"',
    )
    .addOption(new Option('--url <address>', 'where the emulator listens').default(defaultUrl))
    .option('--keep-env', 'keep Cloudflare variables that you have set')
  return withMappedFlags(command)
    .option('--unset', 'print the lines that undo it')
    .option('--json', 'print JSON; null means unset')
    .action((flags: EnvFlags) => print(flags, preload))
}

async function print(flags: EnvFlags, preload: string): Promise<void> {
  const [{ setLines, unsetLines }, change] = await Promise.all([
    import('./shell-lines.ts'),
    flags.unset === true ? ownVariables() : changeFor(flags, preload),
  ])
  if (flags.json === true) {
    const entries = Object.entries(change).map(([name, value]) => [name, value ?? null])
    process.stdout.write(`${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`)
  } else {
    process.stdout.write(flags.unset === true ? unsetLines(Object.keys(change)) : setLines(change))
  }
}

async function changeFor(flags: EnvFlags, preload: string): Promise<Environment> {
  const [{ seedAccounts }, { localTrust }, { hasSameAuthority }, { environmentFor }] =
    await Promise.all([
      import('./running.ts'),
      import('./local-trust.ts'),
      import('./same-authority.ts'),
      import('./environment.ts'),
    ])
  const address = addressOf(flags.url)
  const url = address.origin
  const [account] = await seedAccounts({ url, adminToken: adminTokenOf(flags) })
  const values = mappedVariables(flags, account)
  const { certPem, files } = await localTrust(process.env)
  if (!(await hasSameAuthority(address, certPem))) {
    throw new OptionProblem(
      `The emulator at ${url} uses a different certificate authority from this user's: start it as this user, with the same XDG_STATE_HOME.`,
    )
  }
  const keepEnv = flags.keepEnv === true
  const options = { url, account, files, preload, keepEnv, mapped: values }
  return environmentFor(process.env, options)
}

/** The variables that an earlier `env` or `run` set, as far as this process inherited them. */
async function ownVariables(): Promise<Environment> {
  const { ownNames } = await import('./environment.ts')
  return Object.fromEntries(ownNames(process.env).map((name) => [name, undefined]))
}
