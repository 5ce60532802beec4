/** A bare pipe of node:http to an origin: no checks, no rewriting, kept connections. */
import { Agent, createServer, request } from 'node:http'

const { hostname, port } = new URL(process.argv[2])
const agent = new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 64 })
const server = createServer((incoming, response) => {
  const { method, url: path, headers } = incoming
  const sent = request({ hostname, port, method, path, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers)
    answer.pipe(response)
  })
  sent.on('error', () => response.destroy())
  incoming.pipe(sent)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`)
})
process.once('SIGTERM', () => process.exit(0))
