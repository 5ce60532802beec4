/** Calls a running emulator's control API, for commands that know where it listens. */
import { Option } from 'commander'
import { control } from '../../contracts/control/endpoints.ts'
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import { OptionProblem } from '../world/option-problem.ts'

export const defaultUrl = 'http://127.0.0.1:7788'

export function urlFlag(about = 'where the emulator listens'): Option {
  return new Option('--url <address>', about).env('ACCESS_EMULATOR_URL').default(defaultUrl)
}

export interface Running {
  readonly url: string
  readonly adminToken?: string | undefined
}

/** @throws OptionProblem if no emulator answers there, or it refuses */
export async function seedAccounts(running: Running): Promise<readonly SeedAccount[]> {
  const answer = await ask(running, 'seed')
  if (answer === undefined) {
    throw new OptionProblem(nobodyAt(running.url))
  }
  const seed = control.getSeed.result().safeParse(answer.body)
  if (seed.success) return seed.data.accounts
  throw new OptionProblem(
    answer.status === 401 || answer.status === 403
      ? `The emulator at ${running.url} requires its admin token (${answer.status}): set ACCESS_EMULATOR_ADMIN_TOKEN or --admin-token-file.`
      : `What answers at ${running.url} is not an Access emulator of this version (${answer.status}).`,
  )
}

export function nobodyAt(url: string): string {
  return `No emulator answers at ${url}. Start one, or say where it is with --url.`
}

interface HealthAnswer {
  readonly status: number
  /** Undefined if it is not JSON. */
  readonly body: unknown
}

/** Sends a request to a path under `/__access`. Undefined if nothing answers. */
export async function ask(
  { url, adminToken }: Running,
  path: string,
  { method = 'GET', body }: { readonly method?: string; readonly body?: object | undefined } = {},
): Promise<HealthAnswer | undefined> {
  const answer = await fetch(new URL(`/__access/${path}`, addressOf(url)), {
    method,
    headers: {
      ...(adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5_000),
  }).catch(() => undefined)
  if (answer === undefined) return undefined
  const answered: unknown = await answer.json().catch(() => undefined)
  return { status: answer.status, body: answered }
}

/** @throws OptionProblem */
export function addressOf(url: string): URL {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url)
  throw new OptionProblem(`"${url}" is not a URL. Give --url one like ${defaultUrl}.`)
}
