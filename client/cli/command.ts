/** The command line `access-client`: `token URL` and `fetch URL`; the other commands have files of their own. */
import { Command, CommanderError } from 'commander'
import { differs, driftWords } from '../api/drift.ts'
import type { Met } from '../client.ts'
import { addConform } from '../conformance/diff-command.ts'
import { addDoctor } from '../doctor/command.ts'
import { AccessConnectionError, AccessEdgeError, AccessError, AccessUsageError } from '../errors.ts'
import { addImport } from '../import/command.ts'
import { addEvidence, secretsOf } from '../support-bundle/command.ts'
import { applicationUrl, type Target } from '../target.ts'
import type { TokenResult } from '../token/token.ts'
import { version } from '../version.ts'
import { lookUpAud } from './aud-lookup.ts'
import {
  addFlags,
  type Io,
  type Settings,
  type SharedFlags,
  settingsFrom,
  targetOf,
} from './options.ts'
import { printable } from './printable.ts'

export type { Io } from './options.ts'

const exit = { done: 0, refused: 1, couldNotRun: 2, headersOnly: 3 } as const

const exitCodes = `
Exit codes: 0 done, 1 refused, 2 could not run, 3 (token) the pair opens the URL but no token is issued.`

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
  addRecord(addFlags(program.command('token <url>')))
    .description('Exchanges a service token for an application token and prints nothing else.')
    .addHelpText(
      'after',
      `${exitCodes}

Example:
  $ export CF_ACCESS_CLIENT_ID=… CF_ACCESS_CLIENT_SECRET=…
  $ TOKEN=$(access-client token https://app.example.com/ --emulator http://127.0.0.1:7788)`,
    )
    .action(async (url: string, flags: RecordFlags) => {
      code = await recorded(flags, io, (target) => printToken(url, { flags, io, target }))
    })
  addRecord(addFlags(program.command('fetch <url>')))
    .description(
      'Requests a protected URL and prints the body of the answer. With --strategy, --aud or --team it gets a token first and sends that, otherwise it sends the pair.',
    )
    .option('-X, --method <method>', 'default GET, or POST with -d')
    .option('-H, --header <line>', '"Name: value"; may be repeated', collect)
    .option('-d, --data <text>', 'request body')
    .addHelpText(
      'after',
      `${exitCodes}

Example:
  $ access-client fetch https://app.example.com/reports -H 'accept: application/json'`,
    )
    .action(async (url: string, flags: FetchFlags) => {
      code = await recorded(flags, io, (target) => printFetch(url, { flags, io, target }))
    })
  const done = (exitCode: number) => {
    code = exitCode
  }
  addConform(program, io, done)
  addEvidence(program, io, done)
  addImport(program, io, done)
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
  const couldNot = error instanceof AccessUsageError || error instanceof AccessConnectionError
  return couldNot || !(error instanceof AccessError) ? exit.couldNotRun : exit.refused
}

interface RecordFlags extends SharedFlags {
  readonly record?: string
}

function addRecord(command: Command): Command {
  return command.option(
    '--record <har>',
    'append requests and answers to this HAR, secrets redacted; access-emulator start --replay plays it back',
  )
}

/** Records failed calls too. */
async function recorded(
  flags: RecordFlags,
  io: Io,
  work: (target: Target) => Promise<number>,
): Promise<number> {
  const target = targetOf(flags, io)
  if (flags.record === undefined) return work(target)
  const { recordTo } = await import('../support-bundle/record.ts')
  const { clock } = io
  const recorder = await recordTo(flags.record, { target, clock, secrets: secretsOf(flags, io) })
  try {
    return await work(recorder.target)
  } finally {
    await recorder.save()
  }
}

interface CommandInput<F extends SharedFlags> {
  readonly flags: F
  readonly io: Io
  readonly target: Target
}

async function printToken(
  url: string,
  { flags, io, target }: CommandInput<SharedFlags>,
): Promise<number> {
  const settings = settingsFrom(flags, io, { target })
  // Only the JSON output says whether the token is replayable, so only then is the extra request worthwhile.
  const result = await tokenFor(url, { flags, settings, probe: flags.json === true })
  for (const step of result.why) io.err(`${step}\n`)
  const isToken = result.kind === 'token'
  if (flags.json) {
    const printed = {
      token: isToken ? result.token : null,
      strategy: result.strategy,
      replayable: isToken ? (result.replayable ?? null) : false,
      expires_at: isToken ? result.expires_at : null,
      ray: result.ray ?? null,
    }
    io.out(`${JSON.stringify(printed)}\n`)
  } else if (isToken) {
    io.out(`${result.token}\n`)
  }
  return isToken ? exit.done : exit.headersOnly
}

/** Looks the AUD tag up if it turns out to be needed, and the account and API token are known. */
async function tokenFor(
  url: string,
  options: { readonly flags: SharedFlags; readonly settings: Settings; readonly probe: boolean },
): Promise<TokenResult> {
  const { flags, settings, probe } = options
  const { client, api, target, note } = settings
  const address = applicationUrl(url, target)
  const { aud, team, strategy } = flags
  const lookUp = async () => {
    if (api === undefined) return undefined
    const { aud: found, drift } = await lookUpAud(api, address)
    for (const each of drift.filter(differs)) note(driftWords(each))
    return found
  }
  const isNeeded = team !== undefined && aud === undefined && strategy !== 'headers'
  try {
    return await client.getToken(address, { aud: isNeeded ? await lookUp() : aud, probe })
  } catch (error) {
    const wantsAud = error instanceof AccessEdgeError && error.code === 'aud_refused'
    const found = wantsAud && aud === undefined && !isNeeded ? await lookUp() : undefined
    if (found === undefined) throw error
    return await client.getToken(address, { aud: found, probe })
  }
}

interface FetchFlags extends RecordFlags {
  readonly method?: string
  readonly header?: readonly string[]
  readonly data?: string
}

async function printFetch(
  url: string,
  { flags, io, target }: CommandInput<FetchFlags>,
): Promise<number> {
  const { data } = flags
  let last: Met | undefined
  const onAnswer = (met: Met) => {
    last = met
    const ray = met.ray === undefined ? '' : `, ray ${met.ray}`
    io.err(`${met.method} ${met.url} with the ${met.sent} answered ${met.status}${ray}\n`)
  }
  const settings = settingsFrom(flags, io, { target, onAnswer })
  const { client } = settings
  if (flags.strategy !== undefined || flags.aud !== undefined || flags.team !== undefined) {
    const { why } = await tokenFor(url, { flags, settings, probe: false })
    for (const step of why) io.err(`${step}\n`)
  }
  const response = await client.fetch(applicationUrl(url, target), {
    method: flags.method ?? (data === undefined ? 'GET' : 'POST'),
    headers: headersFrom(flags.header ?? []),
    ...(data === undefined ? {} : { body: data }),
  })
  if (flags.json) {
    const { status, headers } = response
    const ray = last?.ray ?? null
    const body = await response.text()
    const fields = { status, headers: Object.fromEntries(headers), ray, body }
    io.out(`${JSON.stringify(fields)}\n`)
  } else {
    for await (const chunk of response.body ?? []) io.out(chunk)
  }
  return last?.kind === 'blocked' ? exit.refused : exit.done
}

function headersFrom(lines: readonly string[]): Headers {
  const headers = new Headers()
  for (const line of lines) {
    const at = line.indexOf(':')
    const name = line.slice(0, at).trim()
    if (at < 1 || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      throw new AccessUsageError({
        what: 'A header is malformed.',
        todo: `Write it as -H 'Name: value'.`,
      })
    }
    headers.append(name, line.slice(at + 1).trim())
  }
  return headers
}

function collect(line: string, before: readonly string[] = []): readonly string[] {
  return [...before, line]
}
