/** In one process: what the import of the package costs, the first `createEmulator()`, later ones, and a bare Express beside. */
const [entry] = process.argv.slice(2)

async function listening() {
  const began = performance.now()
  const app = express()
  app.get('/', (_request, response) => response.send('ok'))
  const server = await new Promise((resolve) => {
    const made = app.listen(0, '127.0.0.1', () => resolve(made))
  })
  const took = performance.now() - began
  await new Promise((resolve) => server.close(resolve))
  return took
}

async function created() {
  const began = performance.now()
  const emulator = await createEmulator({ seed: 'example' })
  const took = performance.now() - began
  await emulator.close()
  return took
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

const importing = performance.now()
const { createEmulator } = await import(entry)
const imported = performance.now() - importing
const { default: express } = await import('express')
await listening()
const first = await created()
const later = []
const peer = []
for (let turn = 0; turn < 5; turn++) {
  later.push(await created())
  peer.push(await listening())
}
const figures = { imported, first, later: median(later), peer: median(peer) }
process.stdout.write(`${JSON.stringify(figures)}\n`)
