/** The command `token URL`. */
import type { Command } from 'commander'
import { exit, exitCodes } from '../cli/exit.ts'
import {
  addFlags,
  asksForExchange,
  type CommandInput,
  type Io,
  type SharedFlags,
  settingsFrom,
} from '../cli/options.ts'
import type { LoginCredential } from '../login/credential.ts'
import { loginInstead } from '../login/login-instead.ts'
import { decodeToken } from '../token/token.ts'
import { timestampOf } from '../transport/clock.ts'
import { addRecord, type RecordFlags, recorded } from './record-flag.ts'
import { tokenFor } from './token-for.ts'

export function addToken(program: Command, io: Io, done: (code: number) => void): void {
  addRecord(addFlags(program.command('token <url>')))
    .description(
      'Exchanges a service token for an application token and prints nothing else. Without a service token it prints the token of access-client login.',
    )
    .addHelpText(
      'after',
      `${exitCodes}

Example:
  $ export CF_ACCESS_CLIENT_ID=… CF_ACCESS_CLIENT_SECRET=…
  $ TOKEN=$(access-client token https://app.example.com/ --emulator http://127.0.0.1:7788)`,
    )
    .action(async (url: string, flags: RecordFlags) => {
      done(await recorded(flags, io, (target) => printToken(url, { flags, io, target })))
    })
}

async function printToken(
  url: string,
  { flags, io, target }: CommandInput<SharedFlags>,
): Promise<number> {
  const isExchange = asksForExchange(flags)
  const credential = isExchange ? undefined : await loginInstead(url, { flags, io, target })
  if (credential !== undefined) return printLoginToken(credential, flags, io)
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

async function printLoginToken(
  credential: LoginCredential,
  { json }: SharedFlags,
  io: Io,
): Promise<number> {
  const token = await credential.token()
  const { login } = credential
  const exp = login.kind === 'oauth' ? login.expires_at : decodeToken(token)?.exp
  const expires_at = exp === undefined ? null : timestampOf(exp)
  const facts = { token, strategy: 'login', replayable: true, expires_at, ray: null }
  io.out(`${json ? JSON.stringify(facts) : token}\n`)
  return exit.done
}
