/**
 * The layers of a surface, in Express's router. Not in an Express application: that would replace the prototype of each
 * request and response, and so break those of HTTP/2.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import express from 'express'
import { once } from '../../contracts/declaration/endpoint.ts'
import type { Operations, Routed } from './routes.ts'

export type Next = (error?: unknown) => void

/** Answers, or calls `next`. */
export type Layer<R extends Routed = Routed> = (
  request: R,
  response: ServerResponse,
  next: Next,
) => void | Promise<void>

interface LayerList<R extends Routed> {
  use(layer: Layer<R>): unknown
  use(layer: (error: unknown, request: R, response: ServerResponse, next: Next) => void): unknown
}

interface RouterEntry {
  handle(request: IncomingMessage, response: ServerResponse, next: Next): void
}

/**
 * @param layers the last of them always answers
 * @param failed answers to an error of any of them
 */
export function throughLayers<R extends Routed>(
  layers: readonly Layer<R>[],
  failed: (error: unknown, request: R, response: ServerResponse) => void | Promise<void>,
): (request: R, response: ServerResponse) => void {
  const router = express.Router()
  const list: LayerList<R> = router
  for (const layer of layers) list.use(layer)
  list.use((error: unknown, request: R, response: ServerResponse, _next: Next) =>
    failed(error, request, response),
  )
  const entry: RouterEntry = { handle: router }
  return (request, response) => entry.handle(request, response, answered)
}

function answered(): void {}

/** The declared operations: one look-up, where a layer for each would be tried one after the other. */
export function operationsLayer<R extends Routed>(operations: Operations<R>): Layer<R> {
  return async (request, response, next) => {
    const found = operations.find(request)
    if (found === undefined) return next()
    request.params = found.params
    await found.handler(request, response)
  }
}

type Parser = (request: IncomingMessage, response: ServerResponse, next: Next) => void

/** Reads JSON; leaves a body of any other type unread. */
export function jsonLayer(options: Parameters<typeof express.json>[0]): Layer {
  return bodyLayer(express.json(options))
}

/** Reads a body of any type as text. */
export function textLayer(options: Omit<NonNullable<Parameters<typeof express.text>[0]>, 'type'>) {
  return bodyLayer(express.text({ ...options, type: () => true }))
}

const parseForm = once(() => express.urlencoded({ extended: false, limit: 4096 }))

/** The fields of a form that a browser sends, up to 4 kB. Empty if it cannot be read. */
export function readForm(
  request: Routed,
  response: ServerResponse,
): Promise<ReadonlyMap<string, string>> {
  const parse: Parser = parseForm()
  return new Promise((resolve) => {
    parse(request, response, (error?: unknown) => {
      const fields = error === undefined ? Object.entries(Object(request.body)) : []
      const texts = fields.filter((each): each is [string, string] => typeof each[1] === 'string')
      resolve(new Map(texts))
    })
  })
}

/** Most requests have no body, and need no parser: reading an empty one would cost a turn of the event loop. */
function bodyLayer(parse: Parser): Layer {
  return (request, response, next) => {
    if (mayHaveBody(request)) parse(request, response, next)
    else next()
  }
}

/** Whether a request may have a body. */
export function mayHaveBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'] ?? '0'
  return length !== '0' || headers['transfer-encoding'] !== undefined
}

/** Whether the body is of a media type, whatever its parameters. */
export function isOfType({ headers }: IncomingMessage, type: RegExp): boolean {
  const [sent = ''] = (headers['content-type'] ?? '').split(';')
  return type.test(sent.trim())
}
