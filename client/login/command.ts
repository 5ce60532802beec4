/** The commands `login URL` and `logout [URL]`. */
import { type Command, Option } from 'commander'
import { addTargetFlags, type Io, type TargetFlags, targetOf } from '../cli/options.ts'
import { systemClock } from '../clock.ts'
import { AccessUsageError } from '../errors.ts'
import { browserUrl, openInBrowser } from './browser.ts'

interface LoginFlags extends TargetFlags {
  readonly browser: boolean
  readonly timeout: string
  readonly json?: true
}

const loginHelp = `
The token is kept for this user alone below $XDG_STATE_HOME/access-client (default ~/.local/state), and sent only to the
host of the URL. access-client fetch uses it if no service token is given.

Exit codes: 0 signed in, 1 refused or nobody logged in, 2 could not run.

Examples:
  $ access-client login https://app.example.com/
  $ access-client login https://app.example.com/ --no-browser --emulator http://127.0.0.1:7788
  $ access-client fetch https://app.example.com/reports`

export function addLogin(program: Command, io: Io, done: (code: number) => void): void {
  addTargetFlags(program.command('login <url>'))
    .description(
      'Signs a person in to an application in the browser: by OAuth if the application has Managed OAuth, otherwise as cloudflared does.',
    )
    .addOption(new Option('--no-browser', 'print the address to log in at instead of opening it'))
    .option('--timeout <seconds>', 'how long to wait for the person', '300')
    .option('--json', 'print JSON, one line for each event: login_url, signed_in')
    .addHelpText('after', loginHelp)
    .action(async (url: string, flags: LoginFlags) => {
      await login(url, flags, io)
      done(0)
    })
}

async function login(url: string, flags: LoginFlags, io: Io): Promise<void> {
  const { signIn } = await import('./login.ts')
  const { clock = systemClock, env } = io
  const target = targetOf(flags, io)
  const print = (event: string, facts: object) => io.out(`${JSON.stringify({ event, ...facts })}\n`)
  const show = (address: URL) => {
    const { href } = browserUrl(address, target)
    if (flags.json) print('login_url', { url: href })
    if (!flags.browser) {
      if (!flags.json) io.out(`${href}\n`)
      return
    }
    io.err(`Log in in the browser. If none opens, open this address yourself:\n${href}\n`)
    openInBrowser(new URL(href), env, () => io.err('note: No browser could be started.\n'))
  }
  const { login: kept, file } = await signIn(url, {
    target,
    env,
    clock,
    show,
    signal: AbortSignal.timeout(seconds(flags.timeout) * 1000),
    note: (sentence) => io.err(`note: ${sentence}\n`),
  })
  const { kind, origin, aud = null } = kept
  if (flags.json) print('signed_in', { origin, by: kind, aud, file })
  else io.err(`Signed in at ${origin}. The token is kept in ${file}\n`)
}

function seconds(given: string): number {
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= 1 && value <= 3600) return value
  throw new AccessUsageError({
    what: `"${given}" is not a time to wait.`,
    todo: 'Give 1 to 3600 seconds with --timeout.',
  })
}
