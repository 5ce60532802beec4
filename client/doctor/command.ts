/** The command `access-client doctor URL`. */
import { readFile } from 'node:fs/promises'
import { type Command, CommanderError } from 'commander'
import { addFlags, type Io, type SharedFlags, warnOfSecrets } from '../cli/options.ts'
import { printable } from '../cli/printable.ts'
import { targetFrom } from '../target/target.ts'
import { readVariable, variables } from '../transport/environment.ts'
import { AccessUsageError, withoutQuery } from '../transport/errors.ts'
import type { DiagnoseOptions } from './diagnosis.ts'

const exit = { healthy: 0, found: 1, undecided: 2, couldNotRun: 3 } as const

interface DoctorFlags extends SharedFlags {
  readonly observed?: string
  readonly oauth?: boolean
  readonly timeout?: string
}

/** Adds the command to the program; `end` receives the exit code. */
export function addDoctor(program: Command, io: Io, end: (code: number) => void): void {
  addFlags(program.command('doctor <url>'))
    .description(
      'Find out why a request through Access fails: the cause, the proof and the fix. Follows no redirects and changes nothing.',
    )
    .option('--observed <file>', 'the failing exchange: curl -v output, a HAR, or an API response')
    .option('--oauth', 'also look at how a program would sign in by Managed OAuth, step by step')
    .option('--timeout <seconds>', 'to wait for one response, default 10')
    .option(
      '--admin-token <token>',
      `admin token of an emulator that is not on loopback; prefer ${variables.admin_token}`,
    )
    .addHelpText(
      'after',
      `
Exit codes: 0 healthy, 1 a cause, a class of look-alikes or a broken step found, 2 undecided, 3 could not run.

Example:
  $ export CF_ACCESS_CLIENT_ID=… CF_ACCESS_CLIENT_SECRET=…
  $ access-client doctor https://app.example.com/ --target live
  $ curl -v https://app.example.com/ > failing.txt 2>&1
  $ access-client doctor https://app.example.com/ --observed failing.txt --json`,
    )
    // For this command, exit code 2 means undecided.
    .exitOverride(({ exitCode, code, message }) => {
      throw new CommanderError(exitCode === 0 ? 0 : exit.couldNotRun, code, message)
    })
    .action(async (url: string, flags: DoctorFlags) => {
      end(await doctor(url, flags, io))
    })
}

async function doctor(url: string, flags: DoctorFlags, io: Io): Promise<number> {
  try {
    const options = await optionsFrom(url, flags, io)
    // Loaded lazily: no other command needs the catalogue and the table.
    const [{ diagnose }, { report }] = await Promise.all([
      import('./diagnose.ts'),
      import('./report.ts'),
    ])
    const diagnosis = await diagnose(options)
    io.out(
      flags.json
        ? `${JSON.stringify(diagnosis)}\n`
        : printable(report(withoutQuery(url), diagnosis, options)),
    )
    const { causes, oauth = [] } = diagnosis
    if (causes.length > 0 || oauth.some(({ ok }) => !ok)) return exit.found
    return diagnosis.healthy ? exit.healthy : exit.undecided
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    io.err(`error: ${message.replaceAll(/\s+/g, ' ')}\n`)
    return exit.couldNotRun
  }
}

async function optionsFrom(url: string, flags: DoctorFlags, io: Io): Promise<DiagnoseOptions> {
  warnOfSecrets(flags, io)
  const { env, fetch, clock } = io
  const account_id = flags.accountId ?? readVariable(env, 'account_id')
  const apiToken = flags.apiToken ?? readVariable(env, 'api_token')
  return {
    url,
    target: targetFrom({ target: flags.target, emulator: flags.emulator, fetch, env }),
    credentials: {
      client_id: flags.clientId ?? readVariable(env, 'client_id'),
      client_secret: flags.clientSecret ?? readVariable(env, 'client_secret'),
    },
    api: account_id === undefined || apiToken === undefined ? undefined : { account_id, apiToken },
    aud: flags.aud,
    team: flags.team,
    observed: flags.observed === undefined ? undefined : await fileText(flags.observed),
    oauth: flags.oauth,
    timeoutMs: timeoutFrom(flags.timeout),
    adminToken: flags.adminToken ?? readVariable(env, 'admin_token'),
    clock,
  }
}

async function fileText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new AccessUsageError({
      what: `The file "${file}" cannot be read.`,
      todo: 'Give the failing exchange, saved by: curl -v … > FILE 2>&1',
    })
  }
}

function timeoutFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000
  throw new AccessUsageError({ what: `"${text}" is not a number of seconds.`, todo: 'Give one.' })
}
