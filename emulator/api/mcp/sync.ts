/** Asks an MCP server for its tools and prompts, by Streamable HTTP. Only servers on loopback (api-mcp-sync-reach). */
import { isObject, parseJson } from '../../../contracts/declaration/json.ts'
import { isLoopback } from '../../../contracts/http/loopback.ts'

type Items = Record<string, unknown>[]

/** As the API shows it. */
export interface SyncProblem {
  readonly cause: string
  /** Whether the server answered with the error; otherwise it was not reached. */
  readonly is_upstream: boolean
  readonly retryable: boolean
  readonly status_code?: number
  readonly mcp_code?: number
}

export type Synced =
  | { readonly tools: Items; readonly prompts: Items }
  | { readonly problem: SyncProblem }

class SyncRefused extends Error {
  readonly problem: SyncProblem
  constructor(problem: SyncProblem) {
    super(problem.cause)
    this.problem = problem
  }
}

const protocol = '2025-06-18'
const timeoutMs = 10_000
const longest = 4 * 1024 * 1024
/** A server that pages without end must not keep a sync going. */
const mostPages = 100

export async function syncMcpServer(
  url: string,
  auth: { readonly auth_type: string; readonly auth_credentials: string | null },
): Promise<Synced> {
  if (!isOnLoopback(url)) {
    return unreached('The emulator connects to MCP servers on loopback only.')
  }
  if (auth.auth_type === 'oauth') {
    return unreached('The emulator does not sign in to MCP servers by OAuth.')
  }
  const bearer = auth.auth_type === 'bearer' ? auth.auth_credentials : null
  try {
    return await capabilitiesOf(url, bearer === null ? {} : { authorization: `Bearer ${bearer}` })
  } catch (error) {
    if (error instanceof SyncRefused) return { problem: error.problem }
    const { message, cause } = error instanceof Error ? error : new Error(String(error))
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : message
    return { problem: { cause: reason, is_upstream: false, retryable: true } }
  }
}

function unreached(cause: string): Synced {
  return { problem: { cause, is_upstream: false, retryable: false } }
}

function isOnLoopback(url: string): boolean {
  const { hostname, protocol: scheme } = new URL(url)
  return (scheme === 'http:' || scheme === 'https:') && isLoopback(hostname)
}

async function capabilitiesOf(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly tools: Items; readonly prompts: Items }> {
  const signal = AbortSignal.timeout(timeoutMs)
  let session: Readonly<Record<string, string>> = {}
  let id = 0

  async function send(method: string, params: object, isCall: boolean) {
    id += 1
    const message = { jsonrpc: '2.0', method, params, ...(isCall ? { id } : {}) }
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
        ...session,
      },
      body: JSON.stringify(message),
    })
    const text = await textOf(response)
    if (!response.ok) throw refusedBy(response.status, text)
    return { response, text }
  }

  async function call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const { response, text } = await send(method, params, true)
    const kept = response.headers.get('mcp-session-id')
    if (kept !== null) session = { ...session, 'mcp-session-id': kept }
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
    const found = (isStream ? eventsIn(text) : [parseJson(text)]).find(
      (each) => isObject(each) && each.id === id,
    )
    if (!isObject(found)) throw refusedBy(response.status, 'The answer is no JSON-RPC response.')
    if (isObject(found.error)) {
      const { code, message } = found.error
      throw new SyncRefused({
        cause: String(message),
        is_upstream: true,
        retryable: false,
        ...(typeof code === 'number' ? { mcp_code: code } : {}),
      })
    }
    return isObject(found.result) ? { ...found.result } : {}
  }

  async function all(name: 'tools' | 'prompts', capabilities: object): Promise<Items> {
    if (!Object.hasOwn(capabilities, name)) return []
    const items: Items = []
    let cursor: unknown
    for (let page = 0; page < mostPages; page += 1) {
      const found = await call(`${name}/list`, typeof cursor === 'string' ? { cursor } : {})
      const listed: unknown = found[name]
      items.push(...(Array.isArray(listed) ? listed.filter(isObject) : []))
      cursor = found.nextCursor
      if (typeof cursor !== 'string') break
    }
    return items
  }

  const { capabilities, protocolVersion = protocol } = await call('initialize', {
    protocolVersion: protocol,
    capabilities: {},
    clientInfo: { name: 'access-emulator', version: '1' },
  })
  session = { ...session, 'mcp-protocol-version': String(protocolVersion) }
  await send('notifications/initialized', {}, false)
  const offered = isObject(capabilities) ? capabilities : {}
  return { tools: await all('tools', offered), prompts: await all('prompts', offered) }
}

function refusedBy(status: number, text: string): SyncRefused {
  const cause = text.trim().slice(0, 200)
  return new SyncRefused({
    cause: cause === '' ? `The server answered ${status}.` : cause,
    is_upstream: true,
    retryable: status === 429 || status >= 500,
    status_code: status,
  })
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > longest) throw refusedBy(200, 'The answer is too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The messages of a stream of server-sent events. */
function eventsIn(text: string): readonly unknown[] {
  return text.split(/\r?\n\r?\n/).map((event) => {
    const data = event
      .split(/\r?\n/)
      .flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trimStart()] : []))
    return parseJson(data.join('\n'))
  })
}
