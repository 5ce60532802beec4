/** The command line `access-client`. */
import { Command, CommanderError } from 'commander'
import { exit, exitCodes } from '../cli/exit.ts'
import type { Io } from '../cli/options.ts'
import { printable } from '../cli/printable.ts'
import { addConform } from '../conformance/diff-command.ts'
import { addDoctor } from '../doctor/command.ts'
import { AccessEdgeError } from '../edge/edge-error.ts'
import { addExport } from '../export/command.ts'
import { addImport } from '../import/command.ts'
import { addLogin, addLogout } from '../login/command.ts'
import { addProxy } from '../proxy/command.ts'
import { addEvidence } from '../support-bundle/command.ts'
import {
  AccessConnectionError,
  AccessError,
  AccessLoginError,
  AccessUsageError,
} from '../transport/errors.ts'
import { version } from '../transport/version.ts'
import { addFetch } from './fetch.ts'
import { addToken } from './token.ts'

export type { Io } from '../cli/options.ts'

/** Runs the command line (without `node` and the script); returns the exit code and never throws. */
export async function run(argv: readonly string[], given: Io): Promise<number> {
  const io: Io = { ...given, err: (text) => given.err(printable(text)) }
  let code: number = exit.done
  const program = new Command('access-client')
    .description('Authenticates a machine with Cloudflare Access or an emulator of it.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .addHelpText('after', exitCodes)
  const done = (exitCode: number) => {
    code = exitCode
  }
  addToken(program, io, done)
  addFetch(program, io, done)
  addLogin(program, io, done)
  addLogout(program, io, done)
  addProxy(program, io, done)
  addConform(program, io, done)
  addEvidence(program, io, done)
  addImport(program, io, done)
  addExport(program, io, done)
  addDoctor(program, io, done)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    return told(error, io)
  }
}

function told(error: unknown, io: Io): number {
  // Commander has already printed the problem or the help.
  if (error instanceof CommanderError) {
    return error.exitCode === 1 ? exit.couldNotRun : error.exitCode
  }
  if (error instanceof AccessEdgeError) for (const step of error.trail) io.err(`${step}\n`)
  const message = error instanceof Error ? error.message : String(error)
  io.err(`error: ${message.replaceAll(/\s+/g, ' ')}\n`)
  const couldNot =
    error instanceof AccessUsageError ||
    error instanceof AccessConnectionError ||
    (error instanceof AccessLoginError && error.code === 'store_unusable')
  return couldNot || !(error instanceof AccessError) ? exit.couldNotRun : exit.refused
}
