/** A `fetch` for tests: every name that the emulator serves leads to it, without DNS or certificates. */
import { connect, type Socket } from 'node:net'

export interface PinnedFetch {
  readonly fetch: typeof fetch
  close(): Promise<void>
}

/** Names that are not served go where they always go: to the `fetch` there was, since a test may put this in its place. */
export function pinnedFetch(
  address: { readonly host: string; readonly port: number },
  isServed: (host: string) => boolean,
): PinnedFetch {
  const { fetch: before } = globalThis
  let agent: Promise<import('undici').Agent> | undefined
  const openAgent = async () => {
    const { Agent } = await import('undici')
    return new Agent({
      // The URL stays https, so that Host, cookies and links are those of the real names.
      connect: (_options, callback) => {
        const socket: Socket = connect(address.port, address.host)
        socket.once('connect', () => callback(null, socket))
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

/** A name that DNS does not know was most likely meant for the emulator: said so, since "fetch failed" does not. */
function unknownName(hostname: string, error: unknown): TypeError | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code !== 'ENOTFOUND' && code !== 'EAI_AGAIN') return undefined
  const says = `No zone of the emulator holds "${hostname}", so DNS was asked, and does not know it`
  return new TypeError(`${says} (${code}).`, { cause })
}

/** Node's own `fetch` takes an undici dispatcher; the two packages of declarations differ in an order of overloads. */
function asDispatcher(agent: import('undici').Agent): NonNullable<RequestInit['dispatcher']> {
  return agent as unknown as NonNullable<RequestInit['dispatcher']>
}
