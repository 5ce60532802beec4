/** An emulator in this process, grown to so many objects, which may be more than one snapshot over HTTP may hold. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { grown } from '../seeds.mjs'

const [entry, size, kind = 'applications'] = process.argv.slice(2)
const { createEmulator } = await import(entry)
const emulator = await createEmulator({ seed: 'example' })

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
const heap = () => {
  collect()
  return process.memoryUsage().heapUsed
}

const text = JSON.stringify(grown[kind](await emulator.control.getState(), Number(size)))
let rows = JSON.parse(text)
const withRows = heap()
rows = undefined
const before = heap()
await emulator.control.putState({ body: JSON.parse(text) })
const bytes = { rows: withRows - before, emulator: heap() - before }
const { url, account } = emulator
const { id: account_id, api_token } = account
process.stdout.write(
  `${JSON.stringify({ size: Number(size), url, account_id, api_token, bytes })}\n`,
)
process.once('SIGTERM', () => process.exit(rows === undefined ? 0 : 1))
