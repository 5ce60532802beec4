/** Bare node:http in front of SQLite: each request stores the JSON that it brings, on disk before the answer. */
import { createServer } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const [folder] = process.argv.slice(2)
const database = new DatabaseSync(join(folder, 'rows.db'))
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
database.exec('CREATE TABLE rows (id TEXT PRIMARY KEY, value TEXT)')
const put = database.prepare('INSERT OR REPLACE INTO rows VALUES (?, ?)')

const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8').on('data', (piece) => {
    text += piece
  })
  request.on('end', () => {
    const row = { id: request.url, ...JSON.parse(text) }
    put.run(row.id, JSON.stringify(row))
    const body = JSON.stringify({ success: true, errors: [], messages: [], result: row })
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`)
})
process.once('SIGTERM', () => process.exit(0))
