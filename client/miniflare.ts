/** The package's entry `./miniflare`: options with which a Worker's own `fetch` arrives at the emulator. */
import { isIP } from 'node:net'
import { control } from '../contracts/control/endpoints.ts'
import type { SeedAccount } from '../contracts/control/shapes.ts'
import { isObject, parseObject } from '../contracts/declaration/json.ts'
import { createControl } from './api/control.ts'
import { type Target, targetFrom } from './target/target.ts'
import { readVariable } from './transport/environment.ts'
import { AccessUsageError } from './transport/errors.ts'
import { secret } from './transport/secret.ts'

export interface MiniflareHelperOptions {
  /**
   * The emulator, or its address. Default `ACCESS_EMULATOR_URL`, which `access-emulator run` sets; else
   * `http://127.0.0.1:7788`.
   */
  readonly emulator?: string | URL | { readonly url: string } | undefined
  /** The domain or name of the application whose AUD tag is `POLICY_AUD`. Default: the first one of the seed. */
  readonly application?: string | undefined
  /**
   * Answers requests for hosts that the emulator does not serve; `fetch` lets them go out. Default: the emulator's 421, so
   * that nothing leaves the machine.
   */
  readonly otherwise?: ((request: Request) => Response | Promise<Response>) | undefined
}

/** What a request of miniflare and the global `Request` have in common. */
export interface WorkerRequest {
  readonly url: string
  readonly method: string
  readonly headers: Iterable<[string, string]>
  readonly body: unknown
  arrayBuffer(): Promise<ArrayBuffer>
}

/** Options of miniflare for one Worker. */
export interface MiniflareOptions {
  readonly outboundService: (request: WorkerRequest) => Promise<Response>
  /** Those of `TEAM_DOMAIN`, `POLICY_AUD`, `CF_ACCESS_CLIENT_ID` and `CF_ACCESS_CLIENT_SECRET` that the seed has. */
  readonly bindings: Record<string, string>
}

/**
 * Options for `new Miniflare()`, and for `miniflare` in the configuration of `@cloudflare/vitest-pool-workers`. With them the
 * Worker's `fetch` of the team's keys, of the API and of every host in a zone of the emulator arrives at the emulator.
 * `localhost` and loopback addresses stay what they are.
 *
 * @throws AccessConnectionError if no emulator answers
 * @throws AccessUsageError if the emulator does not show its seed, or there is no such application
 *
 * @example
 * const access = await miniflareOptions({ emulator, application: 'app.example.com' })
 * new Miniflare({ ...access, modules: true, scriptPath: 'worker.js' })
 */
export async function miniflareOptions({
  emulator,
  application,
  otherwise,
}: MiniflareHelperOptions = {}): Promise<MiniflareOptions> {
  const address = typeof emulator === 'object' && 'url' in emulator ? emulator.url : emulator
  const target = targetFrom({ target: 'emulator', emulator: address })
  const bindings = bindingsFrom(await accountsOf(target), application)
  return {
    outboundService: async (request) => decoded(await send(request, target, otherwise)),
    bindings,
  }
}

async function send(
  from: WorkerRequest,
  target: Target,
  otherwise: MiniflareHelperOptions['otherwise'],
): Promise<Response> {
  const headers = new Headers([...from.headers])
  if (headers.has('upgrade')) return new Response(noWebSocket, { status: 501 })
  // Kept in memory, because it may be sent twice.
  const body = from.body === null ? {} : { body: await from.arrayBuffer() }
  // Redirects are followed by workerd.
  const request = () =>
    new Request(from.url, { method: from.method, headers, redirect: 'manual', ...body })
  const url = new URL(from.url)
  if (isOnThisMachine(url.hostname) || url.origin === target.address?.origin)
    return fetch(request())
  // The emulator takes an address for its own.
  const answer = isAddress(url.hostname) ? unserved(url.host) : await target.fetch(request())
  if (otherwise === undefined || !(await isUnserved(answer))) return answer
  return otherwise(request())
}

const noWebSocket =
  'A WebSocket of a Worker does not reach the emulator: outboundService of miniflare cannot answer it.\n'

function isOnThisMachine(hostname: string): boolean {
  return /^(.+\.)?localhost$|^127\.|^\[::1\]$/.test(hostname)
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || isIP(hostname) !== 0
}

const hostNotServed = 'host_not_served'

function unserved(host: string): Response {
  const message = `The emulator serves no address such as ${host}. The option otherwise says what becomes of it.`
  return Response.json({ error: { code: hostNotServed, message } }, { status: 421 })
}

/** An application may answer 421 too. */
async function isUnserved(answer: Response): Promise<boolean> {
  if (answer.status !== 421) return false
  const error = parseObject(await answer.clone().text())?.error
  return isObject(error) && error.code === hostNotServed
}

/** Without what described the body before `fetch` decoded it. */
function decoded(answer: Response): Response {
  const { status, statusText } = answer
  const headers = new Headers(answer.headers)
  for (const name of ['content-encoding', 'content-length']) headers.delete(name)
  return new Response(answer.body, { status, statusText, headers })
}

async function accountsOf(target: Target): Promise<readonly SeedAccount[]> {
  const adminToken = readVariable(undefined, 'admin_token')
  const call = createControl({
    target,
    ...(adminToken === undefined ? {} : { adminToken: secret(adminToken) }),
  })
  const answer = await call(control.getSeed)
  if (answer.kind === 'result') return answer.result.accounts
  throw new AccessUsageError({
    what: `${target.address?.origin} does not show its seed (${answer.status}).`,
    todo: 'Give the address of an emulator of this version and, if that is not on loopback, ACCESS_EMULATOR_ADMIN_TOKEN.',
  })
}

function bindingsFrom(
  accounts: readonly SeedAccount[],
  wanted: string | undefined,
): Record<string, string> {
  const all = accounts.flatMap((account) =>
    account.applications.map((application) => ({ account, application })),
  )
  const found = all.find(({ application: { domain, name } }) =>
    wanted === undefined ? true : domain === wanted || name === wanted,
  )
  if (wanted !== undefined && found === undefined) {
    const known = all.map(({ application: { domain, name } }) => domain ?? name)
    throw new AccessUsageError({
      what: `The seed has no application "${wanted}".`,
      todo: `It has: ${known.join(', ') || 'none'}.`,
    })
  }
  const { auth_domain: team, service_tokens } = found?.account ?? accounts[0] ?? {}
  const values = {
    TEAM_DOMAIN: team ? `https://${team}` : undefined,
    POLICY_AUD: found?.application.aud,
    CF_ACCESS_CLIENT_ID: service_tokens?.[0]?.client_id,
    CF_ACCESS_CLIENT_SECRET: service_tokens?.[0]?.client_secret,
  }
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
