/** gRPC through the edge with the client and server of `@grpc/grpc-js`: HTTP/2 on both sides. */
import { type EventEmitter, once } from 'node:events'
import {
  Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { pairs } from '../edge/applications.ts'
import { selfSigned } from '../network/origin/certificate.ts'
import { count, grpcOrigin, say, talk, through, withPair } from './grpc.ts'

type Call = ServerUnaryCall<string, string>
type Counting = ServerWritableStream<string, string>
type Talking = ServerDuplexStream<string, string>

const unary = (call: Call, done: sendUnaryData<string>) => {
  const trailers = new Metadata()
  trailers.set('x-length', String(call.request.length))
  trailers.set('x-trace-bin', Buffer.from([0, 255]))
  done(null, `said ${call.request}`, trailers)
}

/** Its error, where it has one, says no more. */
function statusOf(call: EventEmitter): Promise<status> {
  call.on('error', () => {})
  return new Promise((resolve) => call.once('status', ({ code }: StatusObject) => resolve(code)))
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe.each(['h2c', 'https'])('an %s origin', (scheme) => {
  /** Test certificates are self-signed. */
  async function secured() {
    if (scheme === 'h2c') return undefined
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    return await selfSigned()
  }

  test('answers a unary call with a service token: message, trailers, and what the edge adds', async () => {
    const seen: Metadata[] = []
    const origin = await grpcOrigin(
      {
        say: (call: Call, done: sendUnaryData<string>) => {
          seen.push(call.metadata)
          unary(call, done)
        },
      },
      await secured(),
    )
    const { text, trailers } = await say(await through(origin.url), 'hello', withPair())
    expect(text).toBe('said hello')
    expect(trailers?.get('x-length')).toEqual(['5'])
    expect(trailers?.get('x-trace-bin')).toEqual([Buffer.from([0, 255])])
    expect(seen[0]?.get('cf-access-jwt-assertion')[0]).toMatch(/^ey/)
    expect(seen[0]?.get('cf-access-client-secret')).toEqual([])
  })

  test('streams to the client, each message as it is sent', async () => {
    const counting: Counting[] = []
    const origin = await grpcOrigin(
      {
        count(call: Counting) {
          counting.push(call)
          call.write('one')
        },
      },
      await secured(),
    )
    const call = count(await through(origin.url), 'from', withPair())
    // The second is not sent before the first has arrived.
    expect(await once(call, 'data')).toEqual(['one'])
    counting[0]?.write('two')
    expect(await once(call, 'data')).toEqual(['two'])
    const ended = statusOf(call)
    counting[0]?.end()
    call.resume()
    expect(await ended).toBe(status.OK)
  })

  test('talks both ways at once', async () => {
    const origin = await grpcOrigin(
      {
        talk(call: Talking) {
          call.on('data', (text: string) => call.write(`heard ${text}`))
          call.on('end', () => call.end())
        },
      },
      await secured(),
    )
    const call = talk(await through(origin.url), withPair())
    for (const word of ['a', 'b', 'c'.repeat(200_000)]) {
      call.write(word)
      expect(await once(call, 'data')).toEqual([`heard ${word}`])
    }
    const ended = statusOf(call)
    call.end()
    call.resume()
    expect(await ended).toBe(status.OK)
  })
})

describe('refused by the edge', () => {
  test.each([
    ['without a credential', new Metadata()],
    ['with a pair that no policy names', withPair(pairs.unnamed)],
  ])('%s: PERMISSION_DENIED, from HTTP 403', async (_, metadata) => {
    let calls = 0
    const origin = await grpcOrigin({
      say: (call: Call, done: sendUnaryData<string>) => {
        calls += 1
        unary(call, done)
      },
    })
    const { error } = await say(await through(origin.url), 'hello', metadata)
    expect(error?.code).toBe(status.PERMISSION_DENIED)
    expect(error?.details).toContain('403')
    expect(calls).toBe(0)
  })
})

describe('an error', () => {
  test('of the service comes as its status, its words and its trailers', async () => {
    const metadata = new Metadata()
    metadata.set('x-why', 'asked')
    const origin = await grpcOrigin({
      say: (_: Call, done: sendUnaryData<string>) =>
        done({ code: status.FAILED_PRECONDITION, details: 'not now: ünready', metadata }),
    })
    const { error } = await say(await through(origin.url), 'hello', withPair())
    expect([error?.code, error?.details]).toEqual([status.FAILED_PRECONDITION, 'not now: ünready'])
    expect(error?.metadata.get('x-why')).toEqual(['asked'])
  })

  test('of a method that the service lacks is UNIMPLEMENTED: an answer of trailers only', async () => {
    const origin = await grpcOrigin({})
    const { error } = await say(await through(origin.url), 'hello', withPair())
    expect(error?.code).toBe(status.UNIMPLEMENTED)
  })

  test('of an origin that is down is the 521 that other clients get', async () => {
    const origin = await grpcOrigin({})
    const called = await through(origin.url)
    origin.stop()
    const { error } = await say(called, 'hello', withPair())
    expect(error?.code).toBe(status.UNKNOWN)
    expect(error?.details).toContain('521')
  })
})

describe('given up', () => {
  test('by the client: the origin’s call is cancelled', async () => {
    let cancelled = () => {}
    const known = new Promise<void>((resolve) => {
      cancelled = resolve
    })
    const origin = await grpcOrigin({
      count(call: Counting) {
        call.on('cancelled', cancelled)
        call.write('one')
      },
    })
    const call = count(await through(origin.url), 'from', withPair())
    await once(call, 'data')
    const ended = statusOf(call)
    call.cancel()
    expect(await ended).toBe(status.CANCELLED)
    await known
  })

  test('by its deadline, of which the origin knows', async () => {
    const slow: Call[] = []
    const origin = await grpcOrigin({
      say(call: Call, done: sendUnaryData<string>) {
        if (call.request === 'slow') slow.push(call)
        else unary(call, done)
      },
    })
    const called = await through(origin.url)
    // Once all connections stand, the deadline is long enough to reach the origin.
    await say(called, 'quick', withPair())
    const { error } = await say(called, 'slow', withPair(), { deadline: Date.now() + 400 })
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED)
    const [call] = slow
    if (call?.cancelled === false) await once(call, 'cancelled')
    expect(call?.cancelled).toBe(true)
    expect(call?.getDeadline()).not.toBe(Number.POSITIVE_INFINITY)
  })

  test('by the origin, which cuts the stream: the client does not wait, nor take it for an end', async () => {
    const origin = await grpcOrigin({ count: (call: Counting) => call.write('one') })
    const call = count(await through(origin.url), 'from', withPair())
    await once(call, 'data')
    const ended = statusOf(call)
    origin.stop()
    expect(await ended).toBe(status.INTERNAL)
  })
})
