/** A `fetch` for tests that reaches the emulator for every name it serves, without DNS or certificates. */
import { connect, isIP, type Socket } from 'node:net'

export interface PinnedFetch {
  readonly fetch: typeof fetch
  close(): Promise<void>
}

interface PinnedAddress {
  readonly host: string
  readonly port: number
  /** Whether TLS is spoken there. Default: it is not. */
  readonly secure?: boolean
}

/** Other names go to the global `fetch` as it was when this was created: a test may replace the global one with this. */
export function pinnedFetch(
  address: PinnedAddress,
  isServed: (host: string) => boolean,
): PinnedFetch {
  const { fetch: before } = globalThis
  let agent: Promise<import('undici').Agent> | undefined
  const openAgent = async () => {
    const [{ Agent }, open] = await Promise.all([import('undici'), opener(address)])
    return new Agent({
      // The URL stays https, so that Host, cookies and links use the real names.
      connect: (_options, callback) => {
        const socket = open()
        socket.once(address.secure === true ? 'secureConnect' : 'connect', () =>
          callback(null, socket),
        )
        socket.once('error', (error) => callback(error, null))
      },
    })
  }
  return {
    async fetch(input, init) {
      const { hostname } = new URL(input instanceof Request ? input.url : input)
      if (!isServed(hostname)) {
        return before(input, init).catch((error) => {
          throw unknownName(hostname, error) ?? error
        })
      }
      agent ??= openAgent()
      return before(input, { ...init, dispatcher: asDispatcher(await agent) })
    },
    async close() {
      await (await agent)?.destroy()
    },
  }
}

/** Opens connections. Loads TLS only where it is spoken. */
async function opener({ host, port, secure = false }: PinnedAddress): Promise<() => Socket> {
  if (!secure) return () => connect(port, host)
  const tls = await import('node:tls')
  return () => tls.connect({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
}

/** Explains the failure of a name that DNS does not know, most likely meant for the emulator: "fetch failed" does not. */
function unknownName(hostname: string, error: unknown): TypeError | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code !== 'ENOTFOUND' && code !== 'EAI_AGAIN') return undefined
  const message = `"${hostname}" is in no zone of the emulator, and DNS does not know it either (${code}).`
  return new TypeError(message, { cause })
}

/** Node's `fetch` takes an undici dispatcher; the type packages of the two differ only in the order of overloads. */
function asDispatcher(agent: import('undici').Agent): NonNullable<RequestInit['dispatcher']> {
  return agent as unknown as NonNullable<RequestInit['dispatcher']>
}
