/** `access-emulator start`: runs until stopped. */
import { Command } from 'commander'
import pino from 'pino'
import { z } from 'zod'
import { createEmulator } from '../instance/create.ts'
import type { Emulator } from '../instance/emulator.ts'
import type { SeedChange } from '../seeds/seed-changes.ts'
import { seedChangeText } from '../seeds/seed-changes.ts'
import type { Log } from '../world/log.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { sayMadeToken } from './admin-token.ts'
import { flag } from './flag.ts'
import { greeting } from './greeting.ts'
import { createSentenceLog, secretFields } from './sentence-log.ts'
import {
  explained,
  optionsOf,
  type StartFlags,
  withSharedFlags,
  withStartFlags,
} from './start-flags.ts'

/** What an orchestrator waits for at most before it kills. */
const mostSeconds = 3600

interface StartCommandFlags extends StartFlags {
  readonly json?: boolean
  readonly drain: string
}

export function startCommand(): Command {
  const command = new Command('start')
    .description('start the emulator (the default command)')
    .addOption(flag('--port <n>', 'port to listen on, 0 for any').default('7788'))
  withStartFlags(command).addOption(
    flag(
      '--drain <seconds>',
      'on SIGTERM, go on serving for this long, with /__access/ready at 503, before it ends what is in progress',
    ).default('0'),
  )
  return withSharedFlags(command)
    .addOption(flag('--json', 'print one line of JSON once it is ready'))
    .action(start)
}

async function start(flags: StartCommandFlags): Promise<void> {
  // Otherwise zod compiles each schema on first use, and a start uses most of them only once.
  z.config({ jitless: true })
  const options = {
    ...optionsOf(flags, logFor(flags)),
    ...(flags.watch === true ? { onSeedChange: sayChange(flags) } : {}),
  }
  const drain = readSeconds(flags.drain)
  const starting = createEmulator(options).catch(explained(flags))
  // Before any output: a script waiting for the ready line may stop us at once.
  const stop = async (how: { readonly drain?: number }) => {
    await (await starting).close(how)
    process.exit(0)
  }
  process.once('SIGTERM', () => stop({ drain }))
  process.once('SIGINT', () => stop({}))
  const emulator = await starting
  sayMadeToken(flags, options.adminToken)
  // From the emulator, not the flags: a state folder keeps the seed that it was created from.
  const { profile, seed } = await emulator.control.health()
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(readiness(emulator, { ...flags, profile, seed }))}\n`)
  } else {
    const { origin: origins, worker: workers, replay } = flags
    const shared = flags.shared === true
    process.stdout.write(greeting(emulator, { profile, seed, origins, workers, replay, shared }))
  }
}

function readSeconds(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds >= 0 && seconds <= mostSeconds) return seconds
  throw new OptionProblem(`--drain takes seconds from 0 to ${mostSeconds}, not "${text}".`)
}

/** A line on stdout for each change of the seed file. */
function sayChange({ json = false }: StartCommandFlags): (change: SeedChange) => void {
  return (change) =>
    process.stdout.write(
      json ? `${JSON.stringify({ event: 'seed', ...change })}\n` : `${seedChangeText(change)}\n`,
    )
}

/** Sentences for a person at a terminal, JSON lines for a program. Both redact secret fields by name. */
function logFor({ json = false }: StartCommandFlags): Log {
  const isWatched = process.stderr.isTTY && !json
  return isWatched ? createSentenceLog((text) => process.stderr.write(text)) : jsonLog()
}

function jsonLog(): Log {
  const redact = secretFields.flatMap((name) => [name, `*.${name}`])
  return pino({ base: null, redact }, pino.destination({ dest: 2, sync: true }))
}

/** `{"event":"ready", …}`: what a script needs to continue. */
function readiness(
  emulator: Emulator,
  { profile, seed, shared = false }: { profile: string; seed: string; shared?: boolean },
) {
  // The log of a service is no place for a secret that is not public.
  const account = shared ? undefined : emulator.accounts()[0]
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
