/** Load on one address for a while: how many answers a second, and what each cost the server. */
import autocannon from 'autocannon'
import { ratios, summary } from './measure.mjs'
import { processorTime } from './processes.mjs'

/**
 * @param {object} target
 * @param {string} target.url
 * @param {number} target.pid
 * @param {string} [target.method]
 * @param {Record<string, string>} [target.headers]
 * @param {readonly Record<string, string>[]} [target.varied] headers beside those, of which each request has others
 * @param {string} [target.body]
 * @returns {Promise<{ rate: number, cost: number | undefined }>} answers a second; microseconds of processor an answer
 */
export async function load(target, seconds, connections = 16) {
  const { url, pid, method = 'GET', headers = {}, varied, body } = target
  const before = processorTime(pid)
  const began = performance.now()
  const { requests, errors, non2xx } = await autocannon({
    url,
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    connections,
    duration: seconds,
    ...(varied === undefined ? {} : { setupClient: inShares(varied, connections) }),
  })
  const took = performance.now() - began
  const after = processorTime(pid)
  if (errors > 0 || non2xx > 0) {
    throw new Error(`${method} ${url}: ${non2xx} answers were no 2xx, ${errors} failed`)
  }
  return {
    rate: (requests.total / took) * 1000,
    cost: before === undefined ? undefined : ((after - before) * 1000) / requests.total,
  }
}

/** Each connection has a share of its own, so that none is sent twice before all have been sent. */
function inShares(varied, connections) {
  const length = Math.ceil(varied.length / connections)
  let taken = 0
  return (client) => {
    const share = varied.slice(taken, taken + length)
    taken += length
    const { headers } = client.opts
    client.setRequests(share.map((each) => ({ headers: { ...headers, ...each } })))
  }
}

/** So many requests to these paths by turns, as fast as they are answered. */
export async function requests({ url, headers }, paths, amount) {
  const all = paths.map((path) => ({ path, headers }))
  const { errors, non2xx } = await autocannon({ url, amount, connections: 16, requests: all })
  if (errors > 0 || non2xx > 0) throw new Error(`${url}: ${non2xx} were no 2xx, ${errors} failed`)
}

/** What processor time says where throughput is muddied by a busy machine. */
export function costNote(own, peer) {
  if (own[0]?.cost === undefined) return []
  const costs = (runs) => runs.map(({ cost }) => cost)
  const [ours, theirs] = [summary(costs(own)), summary(costs(peer))]
  const times = ratios(costs(own), costs(peer))
  const figures = `${ours.median.toFixed(0)} us, peer ${theirs.median.toFixed(0)} us`
  return [
    `processor an answer: ${figures}, ${times.median.toFixed(2)}x (${times.min.toFixed(2)}-${times.max.toFixed(2)})`,
  ]
}
