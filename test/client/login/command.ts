/** Runs `access-client` in this process with its own state directory. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { run } from '../../../client/commands/program.ts'
import type { EdgeFixture } from '../../edge/applications.ts'
import { consented } from '../../edge/oauth/application.ts'

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Started {
  /** The first line on stdout; rejects if the command ends before. */
  readonly line: Promise<string>
  readonly ended: Promise<Ended>
}

export interface Person {
  readonly state: string
  /** Starts a command against the emulator. */
  start(
    argv: readonly string[],
    env?: Readonly<Record<string, string>>,
    stop?: AbortSignal,
  ): Started
  /** Runs a command to its end. */
  run(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** The names of the stored logins. */
  kept(): Promise<readonly string[]>
}

export async function personAt({ emulator }: EdgeFixture): Promise<Person> {
  const state = await mkdtemp(join(tmpdir(), 'login-'))
  onTestFinished(() => rm(state, { recursive: true, force: true }))
  const start: Person['start'] = (argv, more = {}, stop) => {
    const env = { XDG_STATE_HOME: state, ACCESS_EMULATOR_URL: emulator.url, ...more }
    let out = ''
    let err = ''
    let heard: (line: string) => void = () => undefined
    const line = new Promise<string>((resolve) => {
      heard = resolve
    })
    const ended = run(argv, {
      env,
      ...(stop === undefined ? {} : { stop }),
      out: (chunk) => {
        out += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
        if (out.includes('\n')) heard(out.slice(0, out.indexOf('\n')))
      },
      err: (chunk) => {
        err += chunk
      },
    }).then((code) => ({ code, out, err }))
    const ending = ended.then((end): string => {
      if (end.out.includes('\n')) return end.out
      throw new Error(`it printed nothing: ${end.code} ${end.err}`)
    })
    const first = Promise.race([line, ending])
    // Not every test waits for the line.
    first.catch(() => undefined)
    return { line: first, ended }
  }
  return {
    state,
    start,
    run: (argv, env) => start(argv, env).ended,
    kept: () => readdir(join(state, 'access-client', 'logins')).catch(() => []),
  }
}

/** The address under its real name, from one below `.localhost`. */
export function realUrl(printed: string): string {
  const { hostname, pathname, search } = new URL(printed)
  if (!hostname.endsWith('.localhost')) throw new Error(`${printed} is not below .localhost`)
  return `https://${hostname.slice(0, -'.localhost'.length)}${pathname}${search}`
}

/** The person logs in at the printed address, and their browser goes back to the command. */
export async function loggedIn(
  edge: EdgeFixture,
  printed: string,
  email?: string,
): Promise<Response> {
  return fetch(await consented(edge, realUrl(printed), email))
}

/** Signs in to an application with Managed OAuth. */
export async function signedIn(edge: EdgeFixture, person: Person, url: string): Promise<Ended> {
  const login = person.start(['login', url, '--no-browser'])
  const page = await loggedIn(edge, await login.line)
  if (page.status !== 200) throw new Error(await page.text())
  return login.ended
}
