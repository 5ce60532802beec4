/** Verify and proxy to an origin of its own process, against a bare pipe to that origin. */
import { costNote, load } from '../load.mjs'
import { interleaved, line } from '../measure.mjs'
import { ask, startEmulator, startScript } from '../processes.mjs'
import { exchange, host, pair } from '../seeds.mjs'

/** @param {import('../run.mjs').Setting} setting */
export async function edge({ dist, pairs, seconds }) {
  const origin = await startScript('origin')
  const [emulator, pipe] = await Promise.all([
    startEmulator(dist, ['--origin', `${host}=${origin.ready.url}`]),
    startScript('pipe', [origin.ready.url]),
  ])
  try {
    const { url, ...request } = exchange(emulator.ready.url)
    const { token } = JSON.parse((await ask(url, request)).body)
    const at = (headers) => ({ url: `${emulator.ready.url}/path`, pid: emulator.pid, headers })
    const targets = {
      cookie: at({ host, cookie: `CF_Authorization=${token}` }),
      pair: at({ host, ...pair }),
      // The pipe is sent the same bytes as the edge with the cookie.
      pipe: {
        url: `${pipe.ready.url}/path`,
        pid: pipe.pid,
        headers: { host, cookie: `CF_Authorization=${token}` },
      },
    }
    for (const target of Object.values(targets)) await load(target, 2)
    const ways = Object.entries(targets).map(([name, target]) => [
      name,
      () => load(target, seconds),
    ])
    const runs = await interleaved(pairs, Object.fromEntries(ways))
    const rates = (name) => runs[name].map(({ rate }) => rate)
    const peer = { name: 'bare node:http pipe', figures: rates('pipe') }
    const row = (name, what, atLeast) =>
      line({
        what,
        unit: '/s',
        own: rates(name),
        peer,
        bar: { of: 'ratio', atLeast },
        notes: costNote(runs[name], runs.pipe),
      })
    return [
      row('cookie', 'edge: verify and proxy, JWT in the cookie', 0.65),
      row('pair', 'edge: verify and proxy, client id and secret', 0.6),
    ]
  } finally {
    await Promise.all([emulator.stop(), pipe.stop(), origin.stop()])
  }
}
