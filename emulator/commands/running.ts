/** Calls a running emulator's control API, for commands that know where it listens. */
import { control } from '../../contracts/control/endpoints.ts'
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import { OptionProblem } from '../world/option-problem.ts'

export const defaultUrl = 'http://127.0.0.1:7788'

export interface Running {
  readonly url: string
  readonly adminToken?: string | undefined
}

/** @throws OptionProblem if no emulator answers there, or it refuses */
export async function seedAccounts(running: Running): Promise<readonly SeedAccount[]> {
  const answer = await ask(running, 'seed')
  if (answer === undefined) {
    throw new OptionProblem(
      `No emulator answers at ${running.url}. Start one, or say where it is with --url.`,
    )
  }
  const seed = control.getSeed.result().safeParse(answer.body)
  if (seed.success) return seed.data.accounts
  throw new OptionProblem(
    answer.status === 401 || answer.status === 403
      ? `The emulator at ${running.url} requires its admin token (${answer.status}): set ACCESS_EMULATOR_ADMIN_TOKEN or --admin-token-file.`
      : `What answers at ${running.url} is not an Access emulator of this version (${answer.status}).`,
  )
}

/**
 * GETs a path under `/__access`, or POSTs a body to it. Undefined if nothing answers; the body of the answer is undefined if
 * it is not JSON.
 */
export async function ask(
  { url, adminToken }: Running,
  path: string,
  body?: object,
): Promise<
  { readonly status: number; readonly body: unknown; readonly date: string | null } | undefined
> {
  const answer = await fetch(new URL(`/__access/${path}`, addressOf(url)), {
    headers: {
      ...(adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5_000),
  }).catch(() => undefined)
  if (answer === undefined) return undefined
  const answered: unknown = await answer.json().catch(() => undefined)
  return { status: answer.status, body: answered, date: answer.headers.get('date') }
}

/** @throws OptionProblem */
export function addressOf(url: string): URL {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url)
  throw new OptionProblem(`"${url}" is not a URL. Give --url one like ${defaultUrl}.`)
}
