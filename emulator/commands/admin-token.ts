/** The control API's admin token: from a flag, a variable or a file; generated when the emulator listens beyond loopback. */

import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { isLoopback } from '../../contracts/http/loopback.ts'
import { codeOf } from '../world/error-code.ts'
import { hex } from '../world/ids.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { createWorld } from '../world/world.ts'
import { say } from './say.ts'

export interface AdminTokenFlags {
  readonly adminToken?: string
  readonly adminTokenFile?: string
}

const safer = 'ACCESS_EMULATOR_ADMIN_TOKEN or --admin-token-file FILE'

/** Not as `flag` does it: variables that are empty are passed on to programs as they are. */
export function withAdminToken(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--admin-token <token>',
        'token that the control API requires from other machines',
      ).env('ACCESS_EMULATOR_ADMIN_TOKEN'),
    )
    .addOption(
      new Option('--admin-token-file <file>', 'read the admin token from a file').env(
        'ACCESS_EMULATOR_ADMIN_TOKEN_FILE',
      ),
    )
    .on('option:admin-token', () =>
      say(
        `every user of this machine can see --admin-token in the process list. Use ${safer} instead.`,
      ),
    )
}

/**
 * Undefined if none is set; an empty variable counts as unset.
 * @throws OptionProblem if both are set, or the file is empty or cannot be read
 */
export function adminTokenOf({ adminToken, adminTokenFile }: AdminTokenFlags): string | undefined {
  if (adminToken && adminTokenFile) {
    throw new OptionProblem('Use --admin-token or --admin-token-file, not both.')
  }
  if (!adminTokenFile) return adminToken || undefined
  const token = textOf(adminTokenFile).trim()
  if (token !== '') return token
  throw new OptionProblem(`The --admin-token-file ${adminTokenFile} is empty.`)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = codeOf(error) ?? 'unknown'
    throw new OptionProblem(`Cannot read the --admin-token-file ${path} (${code}).`)
  }
}

/**
 * The token to start with. Beyond loopback there always is one: without it, other machines could not use the control API.
 * @throws OptionProblem as {@link adminTokenOf}
 */
export function adminTokenFor(
  flags: AdminTokenFlags & { readonly host: string; readonly shared?: boolean },
): string | undefined {
  const chosen = adminTokenOf(flags)
  if (chosen !== undefined || (isLoopback(flags.host) && flags.shared !== true)) return chosen
  // From a World of its own: with --entropy, the emulator's World yields the same bytes on every machine.
  return hex(createWorld().bytes(24, 'admin_token'))
}

/** Prints a generated token once the emulator runs; it is shown nowhere else. */
export function sayMadeToken(
  flags: AdminTokenFlags & { readonly shared?: boolean },
  token: string | undefined,
): void {
  if (token === undefined || adminTokenOf(flags) !== undefined) return
  const use = flags.shared === true ? 'of this shared emulator' : 'from other machines'
  say(
    `admin token for the control API ${use}, generated for this run: ${token} (choose your own with ${safer})`,
  )
}
