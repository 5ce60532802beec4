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
 * @param {readonly { path?: string, headers: Record<string, string> }[]} [target.varied] in which the requests differ
 * @param {string} [target.body]
 * @param {boolean} [target.isCounted] whether to count the answers that are equal to an earlier one
 * @returns {Promise<{ rate: number, cost: number | undefined, equal: number }>} answers a second; microseconds of processor
 *   an answer; the share of answers that are equal to an earlier one
 */
export async function load(target, seconds, connections = 16) {
  const { url, pid, method = 'GET', headers = {}, varied, body, isCounted = false } = target
  const share = varied === undefined ? undefined : inShares(varied, connections)
  const seen = new Set()
  let counted = 0
  const count = (text) => {
    counted += 1
    seen.add(String(text))
  }
  const before = processorTime(pid)
  const began = performance.now()
  const { requests, errors, non2xx } = await autocannon({
    url,
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    connections,
    duration: seconds,
    setupClient(client) {
      share?.(client)
      if (isCounted) client.on('body', count)
    },
  })
  const took = performance.now() - began
  const after = processorTime(pid)
  if (errors > 0 || non2xx > 0) {
    throw new Error(`${method} ${url}: ${non2xx} answers were no 2xx, ${errors} failed`)
  }
  return {
    rate: (requests.total / took) * 1000,
    cost: before === undefined ? undefined : ((after - before) * 1000) / requests.total,
    equal: counted === 0 ? 0 : 1 - seen.size / counted,
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
    client.setRequests(share.map((each) => ({ ...each, headers: { ...headers, ...each.headers } })))
  }
}

/** So many requests to these paths by turns, as fast as they are answered. */
export async function requests({ url, headers }, paths, amount) {
  const all = paths.map((path) => ({ path, headers }))
  const { errors, non2xx } = await autocannon({ url, amount, connections: 16, requests: all })
  if (errors > 0 || non2xx > 0) throw new Error(`${url}: ${non2xx} were no 2xx, ${errors} failed`)
}

/** How many answers of the exchange were remembered: no other two are equal. */
export function hitRate(runs) {
  const { median, min, max } = summary(runs.map(({ equal }) => equal))
  return `hit rate: ${median.toFixed(3)} (${min.toFixed(3)}-${max.toFixed(3)})`
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
