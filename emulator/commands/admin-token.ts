/** The token of the control API: given by a variable or a file, or made where the emulator can be reached from elsewhere. */
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { hex } from '../ids.ts'
import { OptionProblem } from '../options.ts'
import { createWorld } from '../world.ts'

export interface AdminTokenFlags {
  readonly adminToken?: string
  readonly adminTokenFile?: string
}

const better = 'ACCESS_EMULATOR_ADMIN_TOKEN or --admin-token-file FILE'

export function withAdminToken(command: Command): Command {
  return command
    .addOption(
      new Option('--admin-token <token>', 'what the control API wants outside loopback').env(
        'ACCESS_EMULATOR_ADMIN_TOKEN',
      ),
    )
    .addOption(
      new Option('--admin-token-file <file>', 'the same, read from a file').env(
        'ACCESS_EMULATOR_ADMIN_TOKEN_FILE',
      ),
    )
    .on('option:admin-token', () =>
      say(
        `every user of this machine can read --admin-token in the list of processes. Use ${better}.`,
      ),
    )
}

/** Undefined where none was given; an empty variable counts as absent. @throws OptionProblem */
export function adminTokenOf({ adminToken, adminTokenFile }: AdminTokenFlags): string | undefined {
  if (adminToken && adminTokenFile) {
    throw new OptionProblem('--admin-token and --admin-token-file exclude each other.')
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
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new OptionProblem(`The --admin-token-file ${path} cannot be read (${code}).`)
  }
}

/** The token to start with. On an address beyond loopback there always is one: without, nobody there could use the control API. */
export function adminTokenFor(
  flags: AdminTokenFlags & { readonly host: string },
): string | undefined {
  const given = adminTokenOf(flags)
  if (given !== undefined || isLoopback(flags.host)) return given
  // Of a world of its own: the emulator's may be the same on every machine.
  return hex(createWorld().bytes(24, 'admin_token'))
}

/** Says the token that was made, once the emulator runs: nobody else knows it. */
export function sayMadeToken(flags: AdminTokenFlags, token: string | undefined): void {
  if (token === undefined || adminTokenOf(flags) !== undefined) return
  say(
    `the control API wants this admin token from other machines, made for this run: ${token} (choose one with ${better})`,
  )
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.[\d.]+$/.test(host)
}

function say(message: string): void {
  process.stderr.write(`access-emulator: ${message}\n`)
}
