/** An origin that costs next to nothing: the same small JSON for every request. */
import { createServer } from 'node:http'

const body = Buffer.from(JSON.stringify({ ok: true, text: 'x'.repeat(200) }))
const server = createServer((request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`)
})
process.once('SIGTERM', () => process.exit(0))
