/** A bare Express process: one text route, and one that answers the JSON of the file given. */
import { readFileSync } from 'node:fs'
import express from 'express'

const [file] = process.argv.slice(2)
const value = file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'))

const app = express()
app.get('/', (_request, response) => {
  response.send('ok')
})
app.get('/json/:id', (_request, response) => {
  response.json(value)
})
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`)
})
process.once('SIGTERM', () => process.exit(0))
