/** The command `token URL`. */
import type { Command } from 'commander'
import { exit, exitCodes } from './exit.ts'
import { addFlags, type Io, type SharedFlags, settingsFrom } from './options.ts'
import { addRecord, type CommandInput, type RecordFlags, recorded } from './record-flag.ts'
import { tokenFor } from './token-for.ts'

export function addToken(program: Command, io: Io, done: (code: number) => void): void {
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
      done(await recorded(flags, io, (target) => printToken(url, { flags, io, target })))
    })
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
