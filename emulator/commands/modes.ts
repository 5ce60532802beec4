/** `access-emulator modes`: lists the failure modes, shows one, or sets or ends one in a running emulator. */
import { Command } from 'commander'
import { profiles } from '../../contracts/behaviours/table.ts'
import type { ModeSetup, ModeTarget } from '../../contracts/control/shapes.ts'
import { isModeId, type ModeId, modes } from '../../contracts/modes/catalogue.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { type AdminTokenFlags, adminTokenOf, withAdminToken } from './admin-token.ts'
import { modePage, modeTable, setupText } from './mode-pages.ts'
import { ask, nobodyAt, urlFlag } from './running.ts'
import { say } from './say.ts'

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
    .addOption(urlFlag())
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
  const { url, account } = flags
  const path = `modes/${id}${account === undefined ? '' : `?${new URLSearchParams({ account })}`}`
  const body = method === 'PUT' ? targetOf(flags.target) : undefined
  const answer = await ask({ url, adminToken: adminTokenOf(flags) }, path, { method, body })
  if (answer === undefined) return refused(nobodyAt(url))
  const isDone = answer.status < 300 && answer.body !== undefined
  if (isDone) return answer.body
  const asked = new URL(`/__access/${path}`, url)
  return refused(messageOf(answer.body) ?? `${asked.href} answered ${answer.status}.`)
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
  say(message)
  process.exitCode = 1
}

function messageOf(body: unknown): string | undefined {
  const error = (body as { error?: { message?: unknown } } | undefined)?.error
  return typeof error?.message === 'string' ? error.message : undefined
}
