/** Bare node:http in front of Postgres: each request inserts this text as a row by `pg`, committed before the answer. */
import { createServer } from 'node:http'
import pg from 'pg'

const [connectionString, record, connections] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString, max: Number(connections) })
await pool.query('create table log (sequence bigserial primary key, record text not null)')

const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8').on('data', (piece) => {
    text += piece
  })
  request.on('end', async () => {
    const result = JSON.parse(text)
    await pool.query('insert into log (record) values ($1)', [record])
    const body = JSON.stringify({ success: true, errors: [], messages: [], result })
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`)
})
process.once('SIGTERM', () => process.exit(0))
