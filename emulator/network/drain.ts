/** Ends a server's work in order: what is in progress is answered, and no connection is used for more. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'

export interface Drain {
  /** The HTTP/2 sessions, which are told to end. */
  readonly sessions: Set<ServerHttp2Session>
  /** From now on, the answer to a request is the last on its connection. Resolves after `ms`. */
  begin(ms: number): Promise<void>
  /** Closes connections without a request, and resolves once every request is answered, or after `mostMs`. */
  finish(mostMs: number): Promise<void>
  /** Waits no longer. */
  abandon(): void
}

export function createDrain(http: Server): Drain {
  const sessions = new Set<ServerHttp2Session>()
  const active = new Set<ServerResponse>()
  let isDraining = false
  let isAbandoned = false
  let goOn = () => {}
  let answered = () => {}

  function left(this: ServerResponse) {
    active.delete(this)
    if (active.size === 0) answered()
  }
  // Before the handlers: an answer may be written at once.
  http.prependListener('request', (_: IncomingMessage, response: ServerResponse) => {
    active.add(response)
    response.once('close', left)
    if (isDraining) response.shouldKeepAlive = false
  })
  const endSessions = () => {
    for (const session of sessions) session.close()
  }
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (isAbandoned || ms <= 0) return resolve()
      const timer = setTimeout(resolve, ms)
      goOn = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  return {
    sessions,
    begin(ms) {
      isDraining = true
      for (const response of active) response.shouldKeepAlive = false
      endSessions()
      return wait(ms)
    },
    finish(mostMs) {
      endSessions()
      http.closeIdleConnections()
      if (active.size === 0) return Promise.resolve()
      const waited = wait(mostMs)
      answered = goOn
      return waited
    },
    abandon() {
      isAbandoned = true
      goOn()
    },
  }
}
