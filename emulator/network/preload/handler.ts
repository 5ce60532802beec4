/** Adapts the handlers of undici 8 to a dispatcher of undici 6. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'

interface Controller {
  readonly aborted: boolean
  readonly paused: boolean
  readonly reason: Error | null
  readonly rawHeaders: readonly Buffer[]
  readonly rawTrailers: readonly string[]
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** The handler of undici 7 and later. */
export interface DispatchHandler {
  onRequestStart?(controller: Controller, context: unknown): void
  onRequestUpgrade?(
    controller: Controller,
    status: number,
    headers: IncomingHttpHeaders,
    socket: Duplex,
  ): void
  onResponseStart?(
    controller: Controller,
    status: number,
    headers: IncomingHttpHeaders,
    statusText: string,
  ): void
  onResponseData?(controller: Controller, chunk: Buffer): void
  onResponseEnd?(controller: Controller, trailers: IncomingHttpHeaders): void
  onResponseError?(controller: Controller, error: Error): void
  onBodySent?(chunkSize: number, totalBytesSent: number): void
}

export function asBefore(handler: DispatchHandler): Dispatcher.DispatchHandlers {
  let stop: (reason?: Error) => void = () => {}
  let goOn = () => {}
  const state = {
    aborted: false,
    paused: false,
    reason: null as Error | null,
    rawHeaders: [] as Buffer[],
    rawTrailers: [] as string[],
    abort(reason: Error) {
      if (state.aborted) return
      state.aborted = true
      state.reason = reason
      stop(reason)
    },
    pause() {
      state.paused = true
    },
    resume() {
      if (!state.paused) return
      state.paused = false
      goOn()
    },
  }
  return {
    onConnect(abort) {
      stop = abort
      handler.onRequestStart?.(state, null)
    },
    onUpgrade(status, headers, socket) {
      const raw = headers ?? []
      handler.onRequestUpgrade?.(state, status, headersOf(raw), socket)
    },
    onHeaders(status, rawHeaders, resume, statusText) {
      goOn = resume
      state.rawHeaders = rawHeaders
      handler.onResponseStart?.(state, status, headersOf(rawHeaders), statusText)
      return !state.paused
    },
    onData(chunk) {
      handler.onResponseData?.(state, chunk)
      return !state.paused
    },
    onComplete(trailers) {
      state.rawTrailers = trailers ?? []
      handler.onResponseEnd?.(state, headersOf(trailers ?? []))
    },
    onError(error) {
      handler.onResponseError?.(state, error)
    },
    onBodySent(size, total) {
      handler.onBodySent?.(size, total)
    },
  }
}

function headersOf(raw: readonly (Buffer | string)[]): IncomingHttpHeaders {
  const headers: Record<string, string | string[]> = {}
  for (let at = 0; at < raw.length; at += 2) {
    const name = String(raw[at]).toLowerCase()
    const value = raw[at + 1]?.toString('latin1') ?? ''
    const before = headers[name]
    headers[name] = before === undefined ? value : [before, value].flat()
  }
  return headers
}
