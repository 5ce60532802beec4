/** `access-emulator start`: run until told to stop. */
import { Command } from 'commander'
import pino from 'pino'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../index.ts'
import type { Log } from '../log.ts'
import { sayMadeToken } from './admin-token.ts'
import { greeting } from './greeting.ts'
import { secretFields } from './secret-fields.ts'
import { createSentenceLog } from './sentence-log.ts'
import { explained, flag, optionsOf, type StartFlags, withStartFlags } from './start-flags.ts'

interface StartCommandFlags extends StartFlags {
  readonly json?: boolean
}

export function startCommand(): Command {
  const command = new Command('start')
    .description('start the emulator (the default command)')
    .addOption(flag('--port <n>', 'port to listen on, 0 for any', 'PORT').default('7788'))
  return withStartFlags(command)
    .addOption(flag('--json', 'print one line of JSON once it can answer', 'JSON'))
    .action(start)
}

async function start(flags: StartCommandFlags): Promise<void> {
  // Else zod turns each schema into code on first use, and a start uses most of them once.
  z.config({ jitless: true })
  const options = optionsOf(flags, logFor(flags))
  const starting = createEmulator(options).catch(explained(flags))
  // Before anything is said: who waits for the line may stop it at once.
  const stop = async () => {
    await (await starting).close()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  const emulator = await starting
  sayMadeToken(flags, options.adminToken)
  // A state folder keeps the seed that it was made from.
  const { profile, seed } = await emulator.control.health()
  if (flags.json) process.stdout.write(`${JSON.stringify(readiness(emulator, profile, seed))}\n`)
  else {
    const { origin: origins, worker: workers, replay } = flags
    process.stdout.write(greeting(emulator, { profile, seed, origins, workers, replay }))
  }
}

/** Sentences for a person at a terminal, lines of JSON for a program. Both leave secrets out, by the names of their fields. */
function logFor({ json = false }: StartCommandFlags): Log {
  const isWatched = process.stderr.isTTY && !json
  return isWatched ? createSentenceLog((text) => process.stderr.write(text)) : jsonLog()
}

function jsonLog(): Log {
  const redact = secretFields.flatMap((name) => [name, `*.${name}`])
  return pino({ base: null, redact }, pino.destination({ dest: 2, sync: true }))
}

/** `{"event":"ready", …}`: what a script needs to go on. */
function readiness(emulator: Emulator, profile: string, seed: string) {
  const account = emulator.accounts()[0]
  return {
    event: 'ready',
    url: emulator.url,
    control: `${emulator.url}/__access`,
    account_id: account?.id ?? null,
    api_token: account?.api_token ?? null,
    profile,
    seed,
  }
}
