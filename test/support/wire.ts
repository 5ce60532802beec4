/** HTTP/1.1 over a bare socket: the response byte by byte, its body without chunk framing. */
import { connect, type Socket } from 'node:net'

export interface Asked {
  readonly method?: string
  readonly path: string
  /** The `Host`; an empty one sends none. */
  readonly host: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
}

export interface WireAnswer {
  /** Status line and header lines, each with what ends it. */
  readonly head: string
  readonly body: Buffer
  readonly status: number
  header(name: string): string | undefined
}

export interface Wire {
  /** One at a time. */
  send(asked: Asked): Promise<WireAnswer>
  readonly socket: Socket
  close(): void
}

/** One connection; another is opened where the server closed it. */
export function openWire(url: string): Wire {
  const { hostname, port } = new URL(url)
  const dial = () => connect(Number(port), hostname).setNoDelay()
  let socket = dial()
  return {
    get socket() {
      return socket
    },
    async send(asked) {
      if (socket.destroyed || socket.readableEnded) socket = dial()
      const reader = readAnswer(socket, asked.method === 'HEAD')
      socket.write(requestOf(asked))
      const answer = await reader
      if (/^connection: close/im.test(answer.head)) socket.destroy()
      return answer
    },
    close: () => socket.destroy(),
  }
}

function requestOf({ method = 'GET', path, host, headers = [], body }: Asked): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(host === '' ? [] : [`Host: ${host}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}

function readAnswer(socket: Socket, isHead: boolean): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    let got = Buffer.alloc(0)
    const settle = (ended: boolean) => {
      const answer = parse(got, isHead, ended)
      if (answer === undefined && !ended) return
      socket.off('data', onData).off('end', onEnd).off('error', reject)
      if (answer === undefined) reject(new Error(`The connection ended within an answer: ${got}`))
      else resolve(answer)
    }
    const onData = (chunk: Buffer) => {
      got = Buffer.concat([got, chunk])
      settle(false)
    }
    const onEnd = () => settle(true)
    socket.on('data', onData).on('end', onEnd).on('error', reject)
  })
}

function parse(bytes: Buffer, isHead: boolean, ended: boolean): WireAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.subarray(0, end + 4).toString('latin1')
  const rest = bytes.subarray(end + 4)
  const status = Number(head.split(' ')[1])
  const header = (name: string) =>
    new RegExp(`^${name}: *(.*)$`, 'im').exec(head.replaceAll('\r', ''))?.[1]
  const body = bodyOf(rest, {
    isEmpty: isHead || status === 204 || status === 304,
    isChunked: header('transfer-encoding') === 'chunked',
    length: header('content-length'),
    ended,
  })
  return body === undefined ? undefined : { head, body, status, header }
}

function bodyOf(
  rest: Buffer,
  how: {
    readonly isEmpty: boolean
    readonly isChunked: boolean
    readonly length: string | undefined
    readonly ended: boolean
  },
): Buffer | undefined {
  if (how.isEmpty) return Buffer.alloc(0)
  if (how.isChunked) return withoutChunks(rest)
  if (how.length === undefined) return how.ended ? rest : undefined
  const length = Number(how.length)
  return rest.length < length ? undefined : rest.subarray(0, length)
}

function withoutChunks(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = []
  for (let from = 0; ; ) {
    const end = bytes.indexOf('\r\n', from)
    if (end < 0) return undefined
    const size = Number.parseInt(bytes.subarray(from, end).toString('latin1'), 16)
    const to = end + 2 + size
    if (bytes.length < to + 2) return undefined
    if (size === 0) return Buffer.concat(parts)
    parts.push(bytes.subarray(end + 2, to))
    from = to + 2
  }
}
