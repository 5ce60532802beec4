/** The command `proxy URL`. */
import type { Command } from 'commander'
import { addPairFlags, type Io, type PairFlags, targetOf, warnOfSecrets } from '../cli/options.ts'
import { loginInstead } from '../login/login-instead.ts'
import { pairFrom } from '../target/credentials.ts'
import { applicationUrl, type Target } from '../target/target.ts'
import { AccessUsageError } from '../transport/errors.ts'
import type { ProxyCredential } from './credential.ts'

interface ProxyFlags extends PairFlags {
  readonly port: string
  readonly json?: true
}

const help = `
It listens only on 127.0.0.1 and forwards requests to this one application, including WebSockets and event streams. It
refuses requests from pages on other sites, and never reveals the token.

Exit codes: 0 stopped by SIGINT or SIGTERM, 2 could not run.

Examples:
  $ access-client login https://app.example.com/
  $ access-client proxy https://app.example.com/ --port 8080
  $ curl http://127.0.0.1:8080/reports`

export function addProxy(program: Command, io: Io, done: (code: number) => void): void {
  addPairFlags(program.command('proxy <url>'))
    .description(
      'Serves an application on loopback for programs that cannot sign in: adds the service token, or without one the token of access-client login.',
    )
    .option('-p, --port <number>', 'port on 127.0.0.1; 0 for any free port', '0')
    .option('--json', 'print JSON: one line when it is ready')
    .addHelpText('after', help)
    .action(async (url: string, flags: ProxyFlags) => {
      await serve(url, flags, io)
      done(0)
    })
}

async function serve(given: string, flags: ProxyFlags, io: Io): Promise<void> {
  const stopped = stopOf(io)
  warnOfSecrets(flags, io)
  const target = targetOf(flags, io)
  const { origin } = applicationUrl(given, target)
  const port = portFrom(flags.port)
  const credential = await credentialFor(given, { flags, io, target })
  const { dispatcherFor } = await import('../target/dispatcher.ts')
  const { startProxy } = await import('./server.ts')
  const proxy = await startProxy({
    origin,
    port,
    dispatcher: dispatcherFor(new URL(origin), target, io.env),
    credential,
    report: (line) => io.err(`${line}\n`),
  })
  const { url } = proxy
  if (flags.json) {
    io.out(`${JSON.stringify({ event: 'ready', url, origin, credential: credential.kind })}\n`)
  } else {
    io.out(`${url} is ${origin} with the ${credential.kind}\n`)
  }
  await stopped
  await proxy.close()
}

async function credentialFor(
  url: string,
  input: { readonly flags: ProxyFlags; readonly io: Io; readonly target: Target },
): Promise<ProxyCredential> {
  const { loginCredential, pairCredential } = await import('./credential.ts')
  const login = await loginInstead(url, input)
  if (login !== undefined) return loginCredential(login)
  const { clientId, clientSecret } = input.flags
  const given = {
    ...(clientId === undefined ? {} : { client_id: clientId }),
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
  }
  return pairCredential(pairFrom(given, input.io.env))
}

function stopOf({ stop }: Io): Promise<void> {
  return new Promise((resolve) => {
    if (stop === undefined) {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    } else if (stop.aborted) resolve()
    else stop.addEventListener('abort', () => resolve(), { once: true })
  })
}

function portFrom(given: string): number {
  const port = Number(given)
  if (/^\d+$/.test(given) && port <= 65_535) return port
  throw new AccessUsageError({ what: `"${given}" is not a port.`, todo: 'Give 0 to 65535.' })
}
