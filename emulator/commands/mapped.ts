/** `--env NAME=PATH` and `--saas NAME`: variables of the caller's choice, from values of the seed. */
import type { Command } from 'commander'
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { flag, repeated } from './flag.ts'
import { saasVariables } from './saas-variables.ts'

export interface MappedFlags {
  readonly env: readonly string[]
  readonly saas?: string
}

export function withMappedFlags(command: Command): Command {
  return command
    .addOption(
      repeated(
        '--env <name=path>',
        'set NAME to a value of the seed (GET /__access/seed), such as TOKEN=service_tokens.0.client_id; may be repeated',
      ),
    )
    .addOption(
      flag(
        '--saas <name>',
        'set what a client of this SaaS application is configured with: ACCESS_CLIENT_ID, ACCESS_CLIENT_SECRET and its URLs',
      ),
    )
}

/** The variables that the flags ask for. @throws OptionProblem */
export function mappedVariables(
  { env, saas }: MappedFlags,
  account: SeedAccount | undefined,
): Readonly<Record<string, string>> {
  return { ...saasVariables(saas, account), ...mapped(env, account) }
}

/**
 * Names to values. A path is the keys and indexes below the account, joined by dots.
 * @throws OptionProblem if there is no value at the path; the message lists the paths that exist
 */
function mapped(
  mappings: readonly string[],
  account: SeedAccount | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(mappings.map((text) => read(text, valuesIn(account ?? {}))))
}

function read(text: string, values: ReadonlyMap<string, string>): [string, string] {
  const [, name, path] = /^([A-Za-z_]\w*)=(.+)$/.exec(text) ?? []
  if (name === undefined || path === undefined) {
    throw new OptionProblem(
      `"${text}" is not NAME=PATH. Write it like --env TOKEN=service_tokens.0.client_id.`,
    )
  }
  const value = values.get(path)
  if (value !== undefined) return [name, value]
  const known = [...values.keys()]
  throw new OptionProblem(
    known.length === 0
      ? `--env ${text}: the seed has no account, so there is no value to set ${name} to.`
      : `--env ${text}: the seed's account has no "${path}". It has: ${known.join(', ')}.`,
  )
}

/** Every value of the account, by its path. */
function valuesIn(node: unknown, at: readonly string[] = []): ReadonlyMap<string, string> {
  if (node === null || node === undefined) return new Map()
  if (typeof node !== 'object') return new Map([[at.join('.'), String(node)]])
  return new Map(Object.entries(node).flatMap(([key, below]) => [...valuesIn(below, [...at, key])]))
}
