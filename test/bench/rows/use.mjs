/** Memory in use: after many requests, and with many applications. */
import { requests } from '../load.mjs'
import { line } from '../measure.mjs'
import { ask, settledMemory, startEmulator, startScript } from '../processes.mjs'
import { exchange, host } from '../seeds.mjs'

const [many, applications] = [250_000, 100_000]
const written = (count) => count.toLocaleString('en')

/** @param {import('../run.mjs').Setting} setting */
export async function memoryInUse({ dist }) {
  const express = await afterRequests(await startScript('express'), () => ({}))
  const own = await afterRequests(await startEmulator(dist), async (url) => {
    const { url: exchangeUrl, ...request } = exchange(url)
    const { token } = JSON.parse((await ask(exchangeUrl, request)).body)
    return { host, cookie: `CF_Authorization=${token}` }
  })
  const { ready, stop } = await startScript('grown', [
    new URL('index.js', dist).href,
    String(applications),
  ])
  await stop()
  const kilobytes = (bytes) => [bytes / applications / 1024]
  return [
    line({
      what: `memory after ${written(many)} requests`,
      unit: 'MB',
      own: [own.all],
      peer: { name: 'Express: after as many', figures: [express.all] },
      notes: [`after half of them: ${own.half.toFixed(1)} MB`],
    }),
    line({
      what: `heap for each of ${written(applications)} applications`,
      unit: 'kB',
      own: kilobytes(ready.bytes.emulator),
      peer: { name: 'their rows as JSON.parse makes them', figures: kilobytes(ready.bytes.rows) },
    }),
  ]
}

/** On a thousand paths, which the journal keeps until others take their place. */
async function afterRequests({ pid, ready, stop }, headersOf) {
  const headers = await headersOf(ready.url)
  const paths = Array.from({ length: 1000 }, (_, at) => `/?page=${at}`)
  const megabytes = async () => {
    await requests({ url: ready.url, headers }, paths, many / 2)
    return settledMemory(pid)
  }
  const half = await megabytes()
  const all = await megabytes()
  await stop()
  return { half, all }
}
