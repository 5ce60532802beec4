/** The first page of a list without a filter: its cost must not grow with what is not on it. */
import { costNote, load } from '../load.mjs'
import { interleaved, line } from '../measure.mjs'
import { startScript } from '../processes.mjs'

const [few, many] = [50, 100_000]

/** @param {import('../run.mjs').Setting} setting */
export async function pages({ dist, pairs, seconds }) {
  const entry = new URL('index.js', dist).href
  const servers = await Promise.all(
    [few, many].map((size) => startScript('grown', [entry, String(size)])),
  )
  const targets = Object.fromEntries(
    servers.map(({ pid, ready: { size, url, account_id, api_token } }) => [
      size,
      {
        pid,
        url: `${url}/client/v4/accounts/${account_id}/access/apps?per_page=50`,
        headers: { authorization: `Bearer ${api_token}` },
      },
    ]),
  )
  try {
    for (const target of Object.values(targets)) await load(target, 2)
    const ways = Object.entries(targets).map(([size, target]) => [
      size,
      () => load(target, seconds),
    ])
    const runs = await interleaved(pairs, Object.fromEntries(ways))
    const rates = (size) => runs[size].map(({ rate }) => rate)
    return [
      line({
        what: `API: a page of 50 of ${many.toLocaleString('en')} applications`,
        unit: '/s',
        own: rates(many),
        peer: { name: `of ${few} applications`, figures: rates(few) },
        bar: { of: 'ratio', atLeast: 0.5 },
        notes: costNote(runs[many], runs[few]),
      }),
    ]
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}
