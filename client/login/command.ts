/** The commands `login URL` and `logout [URL]`. */
import { type Command, Option } from 'commander'
import { addTargetFlags, type Io, type TargetFlags, targetOf } from '../cli/options.ts'
import { applicationUrl } from '../target/target.ts'
import { systemClock } from '../transport/clock.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { browserUrl, openInBrowser } from './browser.ts'

interface LoginFlags extends TargetFlags {
  readonly browser: boolean
  readonly timeout: string
  readonly json?: true
}

const loginHelp = `
The token is stored under $XDG_STATE_HOME/access-client (default ~/.local/state), private to this user, and sent only to the
host of the URL. access-client fetch uses it unless a service token is given.

Exit codes: 0 signed in, 1 refused or timed out, 2 could not run.

Examples:
  $ access-client login https://app.example.com/
  $ access-client login https://app.example.com/ --no-browser --emulator http://127.0.0.1:7788
  $ access-client fetch https://app.example.com/reports`

export function addLogin(program: Command, io: Io, done: (code: number) => void): void {
  addTargetFlags(program.command('login <url>'))
    .description(
      'Signs in to an application in the browser: with OAuth if the application has Managed OAuth, otherwise as cloudflared does.',
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
    io.err(`Log in in the browser. If none opens, open this URL yourself:\n${href}\n`)
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
  else io.err(`Signed in at ${origin}. The token is stored in ${file}\n`)
}

interface LogoutFlags extends TargetFlags {
  readonly all?: true
  readonly json?: true
}

const logoutHelp = `
OAuth tokens are revoked. A token from cloudflared's sign-in cannot be: it is only deleted here, and expires by
itself.

Exit codes: 0 done, 1 deleted but not revoked, 2 could not run.

Examples:
  $ access-client logout https://app.example.com/
  $ access-client logout --all`

export function addLogout(program: Command, io: Io, done: (code: number) => void): void {
  addTargetFlags(program.command('logout [url]'))
    .description('Deletes the login for an application, or all logins for the target.')
    .option('--all', 'at every target: live and each emulator')
    .option('--json', 'print JSON, one line for each login')
    .addHelpText('after', logoutHelp)
    .action(async (url: string | undefined, flags: LogoutFlags) => {
      done(await logout(url, flags, io))
    })
}

async function logout(given: string | undefined, flags: LogoutFlags, io: Io): Promise<number> {
  const { signOut } = await import('./logout.ts')
  const { env, fetch } = io
  const target = targetOf(flags, io)
  const url = given === undefined ? undefined : applicationUrl(given, target)
  const all = await signOut({ target, env, fetch, url, everywhere: flags.all === true })
  for (const { login, revoked, why = null } of all) {
    const { origin, target: at } = login
    if (flags.json) {
      io.out(`${JSON.stringify({ event: 'signed_out', origin, target: at, revoked, why })}\n`)
    } else {
      const end = { yes: ' and revoked', no: '', failed: `, but not revoked: ${why}` }[revoked]
      io.err(`The login at ${origin} (${at}) is deleted${end}\n`)
    }
  }
  if (all.length === 0) io.err('There is no login to delete.\n')
  return all.some(({ revoked }) => revoked === 'failed') ? 1 : 0
}

function seconds(given: string): number {
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= 1 && value <= 3600) return value
  throw new AccessUsageError({
    what: `"${given}" is not a valid timeout.`,
    todo: 'Give 1 to 3600 seconds with --timeout.',
  })
}
