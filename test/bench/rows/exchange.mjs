/** The exchange under load, with the real clock: against a mock that signs each token, and the machine that only signs. */
import { costNote, load } from '../load.mjs'
import { interleaved, line } from '../measure.mjs'
import { run, startEmulator, startScript } from '../processes.mjs'
import { exchange as exchangeRequest } from '../seeds.mjs'

/** @param {import('../run.mjs').Setting} setting */
export async function exchange({ dist, pairs, seconds }) {
  const emulator = await startEmulator(dist)
  const mock = await startScript('oauth2')
  const own = { pid: emulator.pid, ...exchangeRequest(emulator.ready.url) }
  const peer = {
    pid: mock.pid,
    url: `${mock.ready.url}/token`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials&scope=bench',
  }
  try {
    await load(own, 2)
    await load(peer, 2)
    const runs = await interleaved(pairs, {
      own: () => load(own, seconds),
      peer: () => load(peer, seconds),
      sign: () => run('sign', [String(seconds)]),
    })
    const rates = (name) => runs[name].map(({ rate }) => rate)
    const what = 'service/auth exchange'
    return [
      line({
        what,
        unit: '/s',
        own: rates('own'),
        peer: { name: 'oauth2-mock-server token endpoint', figures: rates('peer') },
        bar: { of: 'ratio', atLeast: 4 },
        notes: costNote(runs.own, runs.peer),
      }),
      line({
        what,
        unit: '/s',
        own: rates('own'),
        peer: { name: 'RS256 signatures on all threads', figures: rates('sign') },
        bar: { of: 'ratio', atLeast: 1.1 },
      }),
    ]
  } finally {
    await Promise.all([emulator.stop(), mock.stop()])
  }
}
