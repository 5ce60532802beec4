/** The exchange under load, with the real clock: against a mock that signs each token, and the machine that only signs. */
import { costNote, hitRate, load } from '../load.mjs'
import { interleaved, line } from '../measure.mjs'
import { run, startEmulator, startScript } from '../processes.mjs'
import { clientIds, exchange as exchangeRequest } from '../seeds.mjs'

/** More than are exchanged in a turn: a token is signed once for all who ask in its second. */
const tokens = 20_000

/** @param {import('../run.mjs').Setting} setting */
export async function exchange({ dist, pairs, seconds }) {
  const emulator = await startEmulator(dist)
  const mock = await startScript('oauth2')
  const own = { pid: emulator.pid, ...exchangeRequest(emulator.ready.url) }
  const entry = new URL('index.js', dist).href
  const others = await startScript('grown', [entry, String(tokens), 'tokens'])
  const distinct = {
    ...{ pid: others.pid, ...exchangeRequest(others.ready.url) },
    varied: clientIds(tokens).map((id) => ({ headers: { 'cf-access-client-id': id } })),
  }
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
    await load(distinct, 2)
    const runs = await interleaved(pairs, {
      own: () => load({ ...own, isCounted: true }, seconds),
      peer: () => load(peer, seconds),
      distinct: () => load({ ...distinct, isCounted: true }, seconds),
      sign: () => run('sign', [String(seconds)]),
    })
    const rates = (name) => runs[name].map(({ rate }) => rate)
    const what = 'service/auth exchange'
    const signatures = { name: 'RS256 signatures on all threads', figures: rates('sign') }
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
        what: `${what}, one client id again and again`,
        unit: '/s',
        own: rates('own'),
        peer: signatures,
        bar: { of: 'ratio', atLeast: 1.1 },
        notes: [hitRate(runs.own), ...costNote(runs.own, runs.sign)],
      }),
      line({
        what: `${what}, another client id each time`,
        unit: '/s',
        own: rates('distinct'),
        peer: signatures,
        bar: { of: 'ratio', atLeast: 0.85 },
        notes: [hitRate(runs.distinct), ...costNote(runs.distinct, runs.sign)],
      }),
    ]
  } finally {
    await Promise.all([emulator.stop(), others.stop(), mock.stop()])
  }
}
