/** What must not grow with what is there: each figure against that of 1,000 applications with one policy each. */
import { costNote, load } from '../load.mjs'
import { interleaved, line } from '../measure.mjs'
import { ask, startScript } from '../processes.mjs'
import { exchange, host, numbered, pair } from '../seeds.mjs'

const base = { name: '1,000 applications', size: 1000, kind: 'applications' }
const grown = [
  { name: '10,000 applications', size: 10_000, kind: 'applications' },
  { name: '100,000 applications', size: 100_000, kind: 'applications' },
  { name: '1,000 policies on one application', size: 1000, kind: 'policies' },
  { name: '500 nested groups', size: 500, kind: 'groups' },
]
const asked = {
  get: 'API: GET one application',
  aud: 'API: list by aud',
  write: 'API: a write',
  token: 'edge: JWT, built-in origin',
  pair: 'edge: client id and secret, built-in origin',
}

/** @param {import('../run.mjs').Setting} setting */
export async function growth({ dist, pairs, seconds }) {
  const entry = new URL('index.js', dist).href
  const servers = new Map()
  try {
    for (const each of [base, ...grown]) {
      const server = await startScript('grown', [entry, String(each.size), each.kind])
      servers.set(each.name, { ...server, targets: await targetsOf(server, each) })
    }
    const lines = []
    for (const [name, what] of Object.entries(asked)) {
      const having = [...servers].filter(([, { targets }]) => targets[name] !== undefined)
      for (const [, { targets }] of having) await load(targets[name], 1)
      const ways = having.map(([of, { targets }]) => [of, () => load(targets[name], seconds)])
      const runs = await interleaved(pairs, Object.fromEntries(ways))
      const rates = (of) => runs[of].map(({ rate }) => rate)
      const larger = having.map(([of]) => of).filter((of) => of !== base.name)
      lines.push(
        ...larger.map((of) =>
          line({
            what: `${what}, ${of}`,
            unit: '/s',
            own: rates(of),
            peer: { name: base.name, figures: rates(base.name) },
            bar: { of: 'ratio', atLeast: 0.9 },
            notes: costNote(runs[of], runs[base.name]),
          }),
        ),
      )
    }
    return lines
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()))
  }
}

async function targetsOf({ pid, ready }, { size, kind }) {
  const { url, account_id, api_token } = ready
  const isMany = kind === 'applications'
  const domain = isMany ? `app-${size / 2}.example.com` : host
  const { url: exchangeUrl, ...request } = exchange(url)
  const { token } = JSON.parse(
    (await ask(exchangeUrl, { ...request, headers: { ...pair, host: domain } })).body,
  )
  const at = (headers) => ({ url: `${url}/`, pid, headers: { host: domain, ...headers } })
  const edge = { token: at({ cookie: `CF_Authorization=${token}` }), pair: at(pair) }
  if (!isMany) return edge
  const access = `${url}/client/v4/accounts/${account_id}/access`
  const authorization = { authorization: `Bearer ${api_token}` }
  const json = { 'content-type': 'application/json', ...authorization }
  const body = JSON.stringify({ name: 'staff', include: [{ email: { email: 'a@example.com' } }] })
  const made = await ask(`${access}/groups`, { method: 'POST', headers: json, body })
  const group = JSON.parse(made.body).result
  const list = await ask(`${access}/apps?per_page=1`, { headers: authorization })
  const [first] = JSON.parse(list.body).result
  const application = { id: numbered(first.id, size / 2), aud: numbered(first.aud, size / 2) }
  return {
    ...edge,
    get: { url: `${access}/apps/${application.id}`, pid, headers: authorization },
    aud: { url: `${access}/apps?aud=${application.aud}`, pid, headers: authorization },
    write: { url: `${access}/groups/${group.id}`, pid, method: 'PUT', headers: json, body },
  }
}
