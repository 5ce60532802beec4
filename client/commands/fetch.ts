/** The command `fetch URL`. */
import type { Command } from 'commander'
import { exit, exitCodes } from '../cli/exit.ts'
import {
  addFlags,
  asksForExchange,
  type CommandInput,
  type Io,
  settingsFrom,
} from '../cli/options.ts'
import { loginInstead } from '../login/login-instead.ts'
import { applicationUrl } from '../target/target.ts'
import type { Met } from '../token/client.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { addRecord, type RecordFlags, recorded } from './record-flag.ts'
import { tokenFor } from './token-for.ts'

export function addFetch(program: Command, io: Io, done: (code: number) => void): void {
  addRecord(addFlags(program.command('fetch <url>')))
    .description(
      'Requests a protected URL and prints the body of the answer. With --strategy, --aud or --team it gets a token first and sends that, otherwise it sends the pair. Without a pair it sends the token of access-client login.',
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
      done(await recorded(flags, io, (target) => printFetch(url, { flags, io, target })))
    })
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
    io.err(`${met.method} ${met.url} with the ${met.sent} returned ${met.status}${ray}\n`)
  }
  const { fetch, why } = await fetchFor(url, { flags, io, target }, onAnswer)
  for (const step of why) io.err(`${step}\n`)
  const response = await fetch(applicationUrl(url, target), {
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

/** As the machine that the pair belongs to, or without a pair as the person who is signed in. */
async function fetchFor(
  url: string,
  { flags, io, target }: CommandInput<FetchFlags>,
  onAnswer: (met: Met) => void,
): Promise<{ readonly fetch: typeof fetch; readonly why: readonly string[] }> {
  const isExchange = asksForExchange(flags)
  const credential = isExchange ? undefined : await loginInstead(url, { flags, io, target })
  if (credential !== undefined) {
    const { loginFetch } = await import('../login/fetch.ts')
    return { fetch: loginFetch(credential, { target, onAnswer }), why: [] }
  }
  const settings = settingsFrom(flags, io, { target, onAnswer })
  const { client } = settings
  const { why } = isExchange ? await tokenFor(url, { flags, settings, probe: false }) : { why: [] }
  return { fetch: client.fetch, why }
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
