/** A proxy in this process, and requests to it. */
import { once } from 'node:events'
import http, { type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { Ended, Person } from '../login/command.ts'

export interface Serving {
  readonly url: string
  readonly port: number
  readonly ready: Readonly<Record<string, unknown>>
  /** Stops it; returns how it ended. */
  stop(): Promise<Ended>
}

export async function serving(
  person: Person,
  url: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Serving> {
  const stopping = new AbortController()
  const { line, ended } = person.start(['proxy', url, '--json'], env, stopping.signal)
  const ready = JSON.parse(await line)
  const stop = () => {
    stopping.abort()
    return ended
  }
  onTestFinished(async () => void (await stop()))
  return { url: ready.url, port: Number(new URL(ready.url).port), ready, stop }
}

export interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

interface Sending {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export async function send(
  { port }: Pick<Serving, 'port'>,
  { method = 'GET', path = '/', headers = {}, body }: Sending = {},
): Promise<Answer> {
  const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false })
  request.end(body)
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) }
}

/** Starts an origin behind the edge; returns its address. */
export async function originOf(listener: RequestListener): Promise<http.Server & { url: string }> {
  const server = http.createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return Object.assign(server, { url: `http://127.0.0.1:${port}` })
}
