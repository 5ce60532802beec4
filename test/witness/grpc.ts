/**
 * A gRPC service behind the edge and its client, both from `@grpc/grpc-js`; messages are bytes, so no schema is needed.
 */
import { once } from 'node:events'
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceError,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { onTestFinished } from 'vitest'
import { openCa } from '../../emulator/network/tls/ca.ts'
import { createWorld } from '../../emulator/world/world.ts'
import { type EdgeFixture, edgeFixture, hosts, type Pair, pairs } from '../edge/applications.ts'
import { temporaryFolder } from '../network/server.ts'

type Method = MethodDefinition<string, string>

function method(name: string, requestStream: boolean, responseStream: boolean): Method {
  const serialize = (text: string) => Buffer.from(text)
  const deserialize = (bytes: Buffer) => bytes.toString()
  return {
    path: `/test.Echo/${name}`,
    requestStream,
    responseStream,
    requestSerialize: serialize,
    responseSerialize: serialize,
    requestDeserialize: deserialize,
    responseDeserialize: deserialize,
  }
}

export const methods = {
  say: method('Say', false, false),
  count: method('Count', false, true),
  talk: method('Talk', true, true),
} as const

/** `h2c` origin, or `https` with a certificate. */
export async function grpcOrigin(
  service: UntypedServiceImplementation,
  tls?: { readonly key: string; readonly cert: string },
): Promise<{ readonly url: string; stop(): void }> {
  const server = new Server()
  server.addService(methods, service)
  const secured =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [
          { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) },
        ])
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', secured, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  const stop = () => server.forceShutdown()
  onTestFinished(stop)
  return { url: `${tls === undefined ? 'h2c' : 'https'}://127.0.0.1:${port}`, stop }
}

export interface Called {
  readonly edge: EdgeFixture
  readonly client: Client
}

/** A client that reaches the application M by TLS under its own name, and an emulator that sends M to `url`. */
export async function through(url: string): Promise<Called> {
  const stateHome = await temporaryFolder()
  const { certPem } = await openCa({ stateHome, world: createWorld() })
  const edge = await edgeFixture({ origins: { [hosts.M]: url }, stateHome })
  const client = new Client(
    `127.0.0.1:${edge.emulator.port}`,
    credentials.createSsl(Buffer.from(certPem)),
    {
      'grpc.ssl_target_name_override': hosts.M,
      'grpc.default_authority': hosts.M,
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
    },
  )
  onTestFinished(() => client.close())
  return { edge, client }
}

/** The pair as call metadata. */
export function withPair({ client_id, client_secret }: Pair = pairs.named): Metadata {
  const metadata = new Metadata()
  metadata.set('cf-access-client-id', client_id)
  metadata.set('cf-access-client-secret', client_secret)
  return metadata
}

export interface Said {
  readonly text?: string | undefined
  readonly error?: ServiceError
  readonly trailers?: Metadata
}

export async function say(
  { client }: Called,
  text: string,
  metadata: Metadata,
  options: { readonly deadline?: number } = {},
): Promise<Said> {
  const { path, requestSerialize, responseDeserialize } = methods.say
  let said: Said = {}
  const call = client.makeUnaryRequest(
    path,
    requestSerialize,
    responseDeserialize,
    text,
    metadata,
    options,
    (error, answer) => {
      said = error === null ? { text: answer } : { error }
    },
  )
  const [status] = (await once(call, 'status')) as [{ metadata: Metadata }]
  await new Promise((resolve) => setImmediate(resolve))
  return { ...said, trailers: status.metadata }
}

export function count({ client }: Called, text: string, metadata: Metadata) {
  const { path, requestSerialize, responseDeserialize } = methods.count
  return client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, text, metadata)
}

export function talk({ client }: Called, metadata: Metadata) {
  const { path, requestSerialize, responseDeserialize } = methods.talk
  return client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata)
}
