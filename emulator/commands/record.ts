/** `access-emulator record -- CMD`: a proxy to the real Cloudflare that records what passes, redacted, into a HAR file. */
import { Command, Option } from 'commander'
import type { HarRecorder, Summary } from '../recordings/record/recorder.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { createWorld } from '../world/world.ts'
import { counted } from './counted.ts'
import { type Environment, wayThrough } from './environment.ts'
import { redactorFor } from './redactor.ts'
import { say } from './say.ts'
import { explained, readPort } from './start-flags.ts'

interface RecordCommandFlags {
  readonly out: string
  readonly host: readonly string[]
  readonly allowWrites?: boolean
  readonly port: string
  readonly json?: boolean
}

const help = `
Records api.cloudflare.com, *.cloudflareaccess.com and each --host; refuses other names. The command gets your
environment, with HTTPS_PROXY and the local certificate authority added. Without a command, it prints what to set.

Examples:
  access-emulator record --out recording.har --host '*.example.com' -- bash my-script.sh
  access-emulator start --replay recording.har

Exit codes: the command's own; 2 wrong usage; 1 the recording could not be written.`

/** @param preload path of the script that makes Node use the proxy */
export function recordCommand(preload: string): Command {
  return new Command('record')
    .description(
      'record what a command exchanges with the real Cloudflare, secrets redacted, for replay',
    )
    .argument(
      '[command...]',
      'the command and its arguments, after --; without one, record until stopped',
    )
    .requiredOption('-o, --out <har>', 'the HAR file; an existing one is added to')
    .addOption(
      new Option('--host <name>', 'also record this application, or *.NAME; may be repeated')
        .default([], 'none')
        .argParser((text: string, before: readonly string[]) => [...before, readHost(text)]),
    )
    .option(
      '--allow-writes',
      'let methods other than GET, HEAD and OPTIONS through, which change your account',
    )
    .option('--port <n>', 'port to listen on, 0 for any', '0')
    .option('--json', 'print one line of JSON at start and one at the end')
    .addHelpText('after', help)
    .action((words: readonly string[], flags: RecordCommandFlags) => record(words, flags, preload))
}

async function record(
  [program, ...args]: readonly string[],
  flags: RecordCommandFlags,
  preload: string,
): Promise<void> {
  const [{ localTrust }, { callersRoots }, { openRecorder }] = await Promise.all([
    import('./local-trust.ts'),
    import('./trust-files.ts'),
    import('../recordings/record/recorder.ts'),
  ])
  const { files } = await localTrust(process.env)
  const recorder = await openRecorder({
    file: flags.out,
    hosts: flags.host,
    allowWrites: flags.allowWrites === true,
    port: readPort(flags.port),
    environment: process.env,
    redactor: redactorFor(process.env),
    roots: await callersRoots(process.env),
    world: createWorld(),
    log: {
      info: () => {},
      warn: (_, message) => say(message),
      error: (_, message) => say(message),
    },
  }).catch(explained({ host: '127.0.0.1', port: flags.port }))
  const change = wayThrough(process.env, { url: recorder.url, files, preload })
  const code =
    program === undefined
      ? await untilStopped(recorder.url, change, flags)
      : await ran(program, args, change)
  process.exit(await finished(recorder, flags, code))
}

async function ran(program: string, args: readonly string[], change: Environment): Promise<number> {
  const { exitCodeOf, runChild } = await import('./child.ts')
  const ended = await runChild(program, args, { ...process.env, ...change })
  if (ended.kind === 'not_started') say(`cannot run ${program}: ${ended.reason}`)
  return exitCodeOf(ended)
}

/** Prints what to set, and waits for the signal to stop. */
async function untilStopped(
  url: string,
  change: Environment,
  { json }: RecordCommandFlags,
): Promise<number> {
  const stopped = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(0))
  })
  if (json) {
    const env = Object.fromEntries(Object.entries(change))
    process.stdout.write(`${JSON.stringify({ event: 'ready', url, env })}\n`)
  } else {
    const { exportLines } = await import('./shell-lines.ts')
    process.stdout.write(`Recording what passes through ${url}. To record programs in another shell, set there:

${exportLines(change)}
Stop with Ctrl-C.
`)
  }
  return await stopped
}

/** The exit code: the command's own, or 1 if it succeeded but the recording could not be written. */
async function finished(
  recorder: HarRecorder,
  { out, json }: RecordCommandFlags,
  code: number,
): Promise<number> {
  try {
    const summary = await recorder.close()
    if (json)
      process.stderr.write(`${JSON.stringify({ event: 'recorded', file: out, ...summary })}\n`)
    else say(inWords(summary, out))
    return code
  } catch (error) {
    if (!(error instanceof OptionProblem)) throw error
    say(error.message)
    return code === 0 ? 1 : code
  }
}

function inWords({ exchanges, hosts, redacted, bodies_left_out: leftOut }: Summary, out: string) {
  if (exchanges === 0) return 'nothing to record passed through.'
  const where = hosts.length <= 3 ? hosts.join(', ') : `${hosts.length} hosts`
  const passed = counted(exchanges, 'exchange')
  const kept = counted(redacted, 'value')
  const bodies = leftOut === 0 ? '' : `, ${leftOut === 1 ? '1 body' : `${leftOut} bodies`} left out`
  return `recorded ${passed} with ${where} in ${out} (${kept} redacted${bodies}). Replay: access-emulator start --replay ${out}`
}

const hostName =
  /^(\*\.)?(?=.{3,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/

function readHost(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, '')
  const isLocal = name.endsWith('.localhost')
  if (hostName.test(name) && !isLocal) return name
  throw new OptionProblem(
    `"${text}" is not a host name to record. Give --host a name such as app.example.com, or *.example.com.`,
  )
}
