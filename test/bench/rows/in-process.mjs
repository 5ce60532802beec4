/** The emulator inside the process of a test: made, and reset. */
import { interleaved, line, summary } from '../measure.mjs'
import { run } from '../processes.mjs'

/** @param {import('../run.mjs').Setting} setting */
export async function inProcess({ dist, pairs }) {
  const { entry } = await interleaved(pairs, {
    entry: () => run('in-process', [new URL('index.js', dist).href]),
  })
  const of = (name) => entry.map((figures) => figures[name])
  const peer = { name: 'Express: made and listening', figures: of('peer') }
  return [
    line({
      what: "createEmulator({ seed: 'example' }), later calls",
      unit: 'ms',
      own: of('later'),
      peer,
      bar: { of: 'own', atMost: 30 },
    }),
    line({ what: 'createEmulator, the first call', unit: 'ms', own: of('first'), peer }),
    line({ what: 'import of the package', unit: 'ms', own: of('imported'), peer }),
  ]
}

/** @param {import('../run.mjs').Setting} setting */
export async function reset({ dist, pairs }) {
  const entry = new URL('index.js', dist).href
  const figures = await run('reset', [entry, String(pairs + 3)])
  // The first three meet code that is not compiled yet, as the first tests of a file do; they are the spread's upper end.
  const { objects, inProcess, clone, overHttp, health } = figures
  const took = (runs) => runs.map((run) => run.took)
  const processor = (runs) => {
    const { median, min, max } = summary(runs.map((run) => run.processor))
    return `processor: ${median.toFixed(2)} ms (${min.toFixed(2)}-${max.toFixed(2)})`
  }
  return [
    line({
      what: `reset() in process, ${objects} objects`,
      unit: 'ms',
      own: took(inProcess),
      peer: { name: 'structuredClone of the same state', figures: took(clone) },
      bar: { of: 'own', atMost: 5 },
      notes: [processor(inProcess)],
    }),
    line({
      what: `POST /__access/reset, ${objects} objects`,
      unit: 'ms',
      own: took(overHttp),
      peer: { name: 'GET /__access/health', figures: took(health) },
      bar: { of: 'own', atMost: 5 },
      notes: [processor(overHttp)],
    }),
  ]
}
