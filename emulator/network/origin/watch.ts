/** Time limits for origins: a single timer for all exchanges, because one per exchange costs more than the proxying. */
import type { IncomingMessage } from 'node:http'

/** Milliseconds of real time, accurate to a quarter of a second and never early. */
export interface Timeouts {
  /** For DNS, TCP and the wait for a free connection. */
  readonly connect: number
  /** From the end of the request to the first byte of the answer. The body may then take as long as it likes. */
  readonly response: number
}

/** Documented: no SYN+ACK in 19 s is a 522, no answer in 120 s a 524. */
export const defaultTimeouts: Timeouts = { connect: 19_000, response: 120_000 }

/** The state of an exchange that its time limits depend on. */
export interface SentSoFar {
  readonly socket: { readonly connecting: boolean; readonly bytesWritten: number } | null
  readonly writableNeedDrain: boolean
  destroy(): void
}

export interface OriginRequest {
  readonly sent: SentSoFar
  /** The client's request, if it has a body. */
  readonly upload: IncomingMessage | undefined
  /** Called at most once. */
  expired(failure: 'connect_timeout' | 'response_timeout'): void
}

/** The watch on one exchange, from its start to its close. */
export interface Watched {
  /** Call when the answer has begun: the limits no longer apply. */
  answered(): void
  closed(): void
}

export interface Watch {
  start(asked: OriginRequest): Watched
  /** Destroys every exchange in progress. */
  close(): void
}

interface OriginAddress {
  readonly asked: OriginRequest
  waits: boolean
  phase: keyof Timeouts
  ticks: number
  written: number
}

/** Whether the time since the last tick does not count against the origin: the upload progressed, or waits for the client. */
function moved({ sent, upload }: OriginRequest, written: number, total: number): boolean {
  if (!upload) return false
  return total > written || (!upload.complete && !sent.writableNeedDrain)
}

export function createWatch(timeouts: Timeouts): Watch {
  const interval = Math.max(5, Math.min(250, timeouts.connect / 8, timeouts.response / 8))
  // Not a Set: adding and deleting at this rate rehashes it again and again, and the old tables, which the young
  // collector cannot free, keep the requests in them alive. That was a quarter of the pipe's time.
  const places: (OriginAddress | undefined)[] = []
  const vacant: number[] = []
  let timer: NodeJS.Timeout | undefined

  const tick = () => {
    if (vacant.length === places.length) {
      clearInterval(timer)
      timer = undefined
      return
    }
    for (const place of places) if (place?.waits) look(place)
  }
  const look = (place: OriginAddress) => {
    const { asked } = place
    const { socket } = asked.sent
    const phase = socket === null || socket.connecting ? 'connect' : 'response'
    const total = socket?.bytesWritten ?? 0
    if (phase !== place.phase || moved(asked, place.written, total)) place.ticks = 0
    place.phase = phase
    place.written = total
    place.ticks += 1
    // The first tick may come at once, so it does not count.
    if ((place.ticks - 1) * interval < timeouts[phase]) return
    place.waits = false
    asked.expired(`${phase}_timeout`)
  }
  return {
    start(asked) {
      const place: OriginAddress = { asked, waits: true, phase: 'connect', ticks: 0, written: 0 }
      const at = vacant.pop() ?? places.length
      places[at] = place
      timer ??= setInterval(tick, interval)
      return {
        answered() {
          place.waits = false
        },
        closed() {
          if (places[at] !== place) return
          places[at] = undefined
          vacant.push(at)
        },
      }
    },
    close() {
      clearInterval(timer)
      timer = undefined
      for (const place of places) place?.asked.sent.destroy()
    },
  }
}
