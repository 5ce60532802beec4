/** Reads the bodies of requests. The parser is loaded with the first request that has one. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OptionsJson, OptionsText } from 'body-parser'
import { once } from '../../contracts/endpoint.ts'
import type { Routed } from './routes.ts'

/** Puts the body into the request. Rejects if it cannot be read. */
export type ReadBody = (request: Routed, response: ServerResponse) => Promise<void>

/** Reads JSON; leaves a body of any other type unread. */
export function jsonBody(options: OptionsJson): ReadBody {
  const load = once(async () => (await import('body-parser')).default.json(options))
  return async (request, response) => through(await load(), request, response)
}

/** Reads a body of any type as text. */
export function textBody(options: Omit<OptionsText, 'type'>): ReadBody {
  const load = once(async () =>
    (await import('body-parser')).default.text({ ...options, type: () => true }),
  )
  return async (request, response) => through(await load(), request, response)
}

type Parser = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

function through(parse: Parser, request: Routed, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    parse(request, response, (error) => {
      if (error === undefined) resolve()
      else reject(error)
    })
  })
}

/** Whether a request may have a body: most have none, and need no parser. */
export function mayHaveBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

/** Whether the body is of a media type, whatever its parameters. */
export function isOfType({ headers }: IncomingMessage, type: RegExp): boolean {
  const [sent = ''] = (headers['content-type'] ?? '').split(';')
  return type.test(sent.trim())
}
