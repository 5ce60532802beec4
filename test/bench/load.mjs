/** Load on one address for a while: how many answers a second, and what each cost the server. */
import autocannon from 'autocannon'
import { processorTime } from './processes.mjs'

/**
 * @param {{ url: string, pid: number, method?: string, headers?: Record<string, string>, body?: string }} target
 * @returns {Promise<{ rate: number, cost: number | undefined }>} answers a second; microseconds of processor an answer
 */
export async function load(target, seconds) {
  const { url, pid, method = 'GET', headers = {}, body } = target
  const before = processorTime(pid)
  const began = performance.now()
  const { requests, errors, non2xx } = await autocannon({
    url,
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    connections: 16,
    duration: seconds,
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

/** What processor time says where throughput is muddied by a busy machine. */
export function costNote(own, peer) {
  if (own[0]?.cost === undefined) return []
  const mean = (runs) => runs.reduce((sum, { cost }) => sum + cost, 0) / runs.length
  const [ours, theirs] = [mean(own), mean(peer)]
  const times = (ours / theirs).toFixed(2)
  return [`processor an answer: ${ours.toFixed(0)} us, peer ${theirs.toFixed(0)} us (${times}x)`]
}
