/** `access-emulator modes`: lists the failure modes, shows one, or sets or ends one in a running emulator. */
import { Command, Option } from 'commander'
import { profiles } from '../../contracts/behaviours/table.ts'
import type { ModeSetup, ModeTarget } from '../../contracts/control/shapes.ts'
import { isModeId, type ModeId, modes } from '../../contracts/modes/catalogue.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { type AdminTokenFlags, adminTokenOf, withAdminToken } from './admin-token.ts'
import { modePage, modeTable, setupText } from './mode-pages.ts'
import { defaultUrl } from './running.ts'

interface ModesFlags extends AdminTokenFlags {
  readonly json?: boolean
  readonly set?: boolean
  readonly end?: boolean
  readonly url: string
  readonly target?: string
  readonly account?: string
}

export function modesCommand(): Command {
  return withAdminToken(new Command('modes'))
    .description('list the failure modes, show one, or set or end one in a running emulator')
    .argument('[id]', 'id of a failure mode')
    .option('--json', 'print JSON')
    .option('--set', 'set the mode')
    .option('--end', 'end the mode')
    .addOption(
      new Option('--url <address>', 'where the emulator listens')
        .env('ACCESS_EMULATOR_URL')
        .default(defaultUrl),
    )
    .option(
      '--target <text>',
      'the application to break (domain, name, AUD tag or id), or service_token=NAME, operation=ID, permission=GROUP',
    )
    .option('--account <id>', 'the account to break (default: the first)')
    .action(run)
}

async function run(id: string | undefined, flags: ModesFlags): Promise<void> {
  const known = idOf(id, flags)
  if (flags.set === true && flags.end === true) {
    throw new OptionProblem('Use --set or --end, not both.')
  }
  if (known === undefined) {
    print(
      flags,
      Object.entries(modes).map(([name, mode]) => ({ id: name, ...mode })),
      modeTable,
    )
  } else if (flags.set === true) {
    const setup = await call('PUT', known, flags)
    if (setup !== undefined)
      print(flags, setup as ModeSetup, (shown) => setupText(shown, flags.url))
  } else if (flags.end === true) {
    const ended = await call('DELETE', known, flags)
    if (ended !== undefined) print(flags, ended, () => `Mode ${known} has ended.\n`)
  } else {
    print(flags, { id: known, ...modes[known] }, (mode) => modePage(mode, profiles))
  }
}

function idOf(id: string | undefined, flags: ModesFlags): ModeId | undefined {
  if (id === undefined) {
    if (flags.set || flags.end || flags.target !== undefined) {
      throw new OptionProblem('Name a mode: access-emulator modes ID --set.')
    }
    return undefined
  }
  if (isModeId(id)) return id
  const near = Object.keys(modes).find((name) => name.includes(id) || id.includes(name))
  const hint = near === undefined ? '.' : `; did you mean "${near}"?`
  throw new OptionProblem(`There is no mode "${id}"${hint} \`access-emulator modes\` lists them.`)
}

function print<T>({ json }: ModesFlags, value: T, text: (value: T) => string): void {
  process.stdout.write(json === true ? `${JSON.stringify(value, null, 2)}\n` : text(value))
}

/** Undefined if the emulator refuses; the reason goes to stderr. */
async function call(method: 'PUT' | 'DELETE', id: ModeId, flags: ModesFlags): Promise<unknown> {
  const address = addressOf(id, flags)
  const target = method === 'PUT' ? targetOf(flags.target) : undefined
  const adminToken = adminTokenOf(flags)
  const answer = await fetch(address, {
    method,
    headers: {
      ...(target === undefined ? {} : { 'content-type': 'application/json' }),
      ...(adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` }),
    },
    ...(target === undefined ? {} : { body: JSON.stringify(target) }),
  }).catch(() => undefined)
  if (answer === undefined) {
    return refused(`No emulator answers at ${flags.url}. Start one, or say where it is with --url.`)
  }
  const body: unknown = await answer.json().catch(() => undefined)
  if (answer.ok && body !== undefined) return body
  return refused(messageOf(body) ?? `${address.href} answered ${answer.status}.`)
}

function addressOf(id: ModeId, { url, account }: ModesFlags): URL {
  if (!URL.canParse(url)) {
    throw new OptionProblem(`"${url}" is not a URL. Give --url one like ${defaultUrl}.`)
  }
  const address = new URL(`/__access/modes/${id}`, url)
  if (account !== undefined) address.searchParams.set('account', account)
  return address
}

/** `NAME`, or `KIND=NAME`; several are separated by commas, which the name of a permission group may have too. */
function targetOf(text: string | undefined): ModeTarget | undefined {
  if (text === undefined) return undefined
  const kinds = 'application|service_token|operation|permission'
  const parts = text.split(new RegExp(`,(?=\\s*(?:${kinds})=)`)).map((part) => {
    const [, kind = 'application', value = ''] =
      new RegExp(`^(?:(${kinds})=)?(.+)$`).exec(part.trim()) ?? []
    if (value === '') throw new OptionProblem(`"${text}" names no target.`)
    return [kind, value]
  })
  return Object.fromEntries(parts) as ModeTarget
}

function refused(message: string): undefined {
  process.stderr.write(`access-emulator: ${message}\n`)
  process.exitCode = 1
}

function messageOf(body: unknown): string | undefined {
  const error = (body as { error?: { message?: unknown } } | undefined)?.error
  return typeof error?.message === 'string' ? error.message : undefined
}
