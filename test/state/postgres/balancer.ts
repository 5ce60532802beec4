/** A balancer as simple as one can be: each request goes to the next replica that says it is ready, and is never tried twice. */
import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage, request as send } from 'node:http'
import { pipeline } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'

export interface Balancer {
  readonly url: string
  add(replica: string): void
  remove(replica: string): void
  close(): Promise<void>
}

const betweenChecksMs = 50

/** Resolves once each replica was found ready. */
export async function startBalancer(given: readonly string[]): Promise<Balancer> {
  const replicas = new Set(given)
  const ready = new Set<string>()
  const agent = new Agent({ keepAlive: true })
  const stopped = new AbortController()
  let turns = 0

  const server = createServer((request, response) => {
    const all = [...ready]
    const target = all[turns % all.length]
    turns += 1
    if (target === undefined) {
      response.writeHead(502).end('no replica is ready')
      return
    }
    const { method = 'GET', url = '/', headers } = request
    const failed = () => {
      if (!response.headersSent) response.writeHead(502)
      response.end()
    }
    const onward = send(new URL(url, target), { agent, method, headers }, (answer) => {
      const { connection: _, ...kept } = answer.headers
      response.writeHead(answer.statusCode ?? 502, kept)
      pipeline(answer, response, () => {})
    })
    onward.once('error', failed)
    request.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const check = async (replica: string) => {
    const isReady = await statusOf(`${replica}/__access/ready`).then(
      (status) => status === 200,
      () => false,
    )
    if (isReady && replicas.has(replica)) ready.add(replica)
    else ready.delete(replica)
  }
  const checkAll = () => Promise.all([...replicas].map(check))
  await checkAll()
  const checking = (async () => {
    while (!stopped.signal.aborted) {
      await checkAll()
      await pause(betweenChecksMs)
    }
  })()

  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    add: (replica) => replicas.add(replica),
    remove(replica) {
      replicas.delete(replica)
      ready.delete(replica)
    },
    async close() {
      stopped.abort()
      await checking
      agent.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function statusOf(url: string): Promise<number | undefined> {
  const [answer] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}
