/** WebSockets through the proxy: two sockets that end together. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { HeaderPairs } from '../../contracts/http/headers.ts'
import { pairsOf } from '../../contracts/http/headers.ts'
import { admitted, endsOf, type ProxyAnswer, type ProxyContext } from './exchange.ts'
import { returnedHeaders, sentHeaders } from './headers.ts'

interface UpgradeAnswer extends ProxyAnswer {
  /** Undefined if the application did not switch protocols. */
  readonly socket: Duplex | undefined
}

/** @throws AccessError if the application gave no response to forward */
export async function passUpgrade(
  context: ProxyContext,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const ends = endsOf(context, request)
  const answer = await admitted(context, request, true, (taken) =>
    dispatched(context, request, sentHeaders(request.rawHeaders, ends, taken.headers)),
  )
  const headers = Object.entries(returnedHeaders(answer.headers, ends))
  if (answer.socket === undefined) {
    // Not worth parsing HTTP here for the body of a refusal.
    await answer.drop()
    const kept = headers.filter(([name]) => name !== 'content-length')
    socket.end(headText(answer.status, [...kept, ['content-length', '0'], ['connection', 'close']]))
    return
  }
  const upgraded = [
    ['connection', 'Upgrade'],
    ['upgrade', 'websocket'],
  ] as const
  socket.write(headText(101, [...headers, ...upgraded]))
  answer.socket.write(head)
  joined(socket, answer.socket)
}

function dispatched(
  { dispatcher, origin }: ProxyContext,
  { url: path = '/' }: IncomingMessage,
  headers: string[],
): Promise<UpgradeAnswer> {
  return new Promise((resolve, reject) => {
    let abort: () => void = () => undefined
    const options = { origin, path, method: 'GET', headers, upgrade: 'websocket' } as const
    dispatcher.dispatch(options, {
      onConnect(end) {
        abort = end
      },
      onUpgrade(status, raw, socket) {
        resolve({
          status,
          headers: record(raw ?? []),
          socket,
          drop: async () => void socket.destroy(),
        })
      },
      onHeaders(status, raw) {
        const drop = async () => abort()
        resolve({ status, headers: record(raw), socket: undefined, drop })
        return true
      },
      onData: () => true,
      onComplete: () => undefined,
      // Has no effect after the response.
      onError: reject,
    })
  })
}

function record(raw: readonly (Buffer | string)[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  const text = raw.map((each) => (typeof each === 'string' ? each : each.toString('latin1')))
  for (const [name, value] of pairsOf(text)) {
    const lower = name.toLowerCase()
    const before = headers[lower]
    headers[lower] = before === undefined ? value : [before, value].flat()
  }
  return headers
}

type HeaderValuesByName = readonly (readonly [name: string, value: string | readonly string[]])[]

function headText(status: number, headers: HeaderValuesByName): string {
  const pairs: HeaderPairs = headers.flatMap(([name, value]) =>
    [value].flat().map((each) => [name, each] as const),
  )
  const lines = pairs.map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${status === 101 ? 'Switching Protocols' : ''}\r\n${lines.join('')}\r\n`
}

function joined(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => from.destroy())
    from.once('close', () => to.destroy())
    from.pipe(to)
  }
}
