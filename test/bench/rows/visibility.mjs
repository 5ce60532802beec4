/** From the acknowledgement of a write by one replica until another replica has it, and until it has answered with it. */
import { Agent, request } from 'node:http'
import pg from 'pg'
import { interleaved, line, skipped } from '../measure.mjs'
import { noPostgres, startPostgres } from '../postgres.mjs'
import { startEmulator } from '../processes.mjs'

/** In a turn; with the seven pairs of the default, some thousand of each. */
const writes = 150
const percentiles = { median: 0.5, p99: 0.99 }

/** @param {import('../run.mjs').Setting} setting */
export async function visibility({ dist, pairs }) {
  const server = await startPostgres(dist)
  if (server === undefined) return [skipped('from commit to visibility', noPostgres)]
  const running = []
  const notices = await noticesIn(await server.database())
  try {
    const database = await server.database()
    for (const _ of 'ab') running.push(await startEmulator(dist, ['--state', database]))
    const [first, second] = running.map(({ ready }) => teamOf(ready))
    let count = 0
    const written = async () => {
      const domain = `team-${count++}.cloudflareaccess.com`
      await first.write(domain)
      return domain
    }
    const turn = (visible) => async () => {
      const took = []
      for (let at = 0; at < writes; at++) {
        const domain = await written()
        const began = performance.now()
        await visible(domain)
        took.push(performance.now() - began)
      }
      return took.sort((a, b) => a - b)
    }
    const ways = {
      unasked: turn((domain) => second.has(domain)),
      read: turn((domain) => second.read(domain)),
      own: turn((domain) => first.read(domain)),
      notices: async () => (await notices.take(writes)).sort((a, b) => a - b),
    }
    for (const take of Object.values(ways)) await take()
    const runs = await interleaved(pairs, ways)

    const row = (what, name, own, peerName, peer) => {
      const at = (took) => took[Math.floor(took.length * percentiles[name])]
      const all = runs[own].flat().sort((a, b) => a - b)
      return line({
        what: `${what}, ${name}`,
        unit: 'ms',
        own: runs[own].map(at),
        peer: { name: peerName, figures: runs[peer].map(at) },
        notes: [
          ...(own === 'unasked' ? [polled] : []),
          `${writes} writes in each turn; ${name} of all ${all.length}: ${at(all).toFixed(2)} ms`,
        ],
      })
    }
    return Object.keys(percentiles).flatMap((name) => [
      row(unasked, name, 'unasked', 'NOTIFY and a SELECT by pg', 'notices'),
      row(read, name, 'read', 'the same read at the replica that wrote', 'own'),
    ])
  } finally {
    await notices.close()
    await Promise.all(running.map((each) => each.stop()))
    await server.stop()
  }
}

const unasked = 'acknowledged at one replica until another has it, unasked'
const polled = 'found out by requests that wait for no newest state, sent one after the other'
const read = 'acknowledged at one replica until a read sent then to another has seen it'

/** The team's domain, which a write changes. */
function teamOf({ url, account_id, api_token }) {
  const path = `/client/v4/accounts/${account_id}/access/organizations`
  const agent = new Agent({ keepAlive: true })
  const headers = { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' }
  const ask = (options, body) => answerOf(`${url}${options.path}`, { agent, ...options }, body)
  return {
    async write(domain) {
      const text = JSON.stringify({ auth_domain: domain })
      const answer = await ask({ path, method: 'PUT', headers }, text)
      if (!answer.includes(domain)) throw new Error(answer)
    },
    async read(domain) {
      const answer = await ask({ path, headers })
      if (!answer.includes(domain)) throw new Error(`A stale read: ${answer}`)
    },
    /** The names in the answer to an unknown path, which waits for no newest state. */
    async has(domain) {
      while (!(await ask({ path: '/' })).includes(domain));
    },
  }
}

function answerOf(url, options, body = '') {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece) => {
        text += piece
      })
      answer.on('end', () => resolve(text))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** What is left without an emulator: a row with a notice on one connection, read on another once the notice is there. */
async function noticesIn(connectionString) {
  const [writer, reader] = ['', ''].map(() => new pg.Client({ connectionString }))
  await Promise.all([writer.connect(), reader.connect()])
  await writer.query('create table log (sequence bigserial primary key, record text not null)')
  await writer.query(`create function append(text) returns bigint language sql as $$
    select pg_notify('log', ''); insert into log (record) values ($1) returning sequence $$`)
  await reader.query('listen log')
  return {
    async take(count) {
      const took = []
      for (let at = 0; at < count; at++) {
        const seen = new Promise((resolve) => {
          reader.once('notification', async () => {
            await reader.query('select * from log where sequence > $1', [at])
            resolve(performance.now())
          })
        })
        await writer.query("select append('a row')")
        const acknowledged = performance.now()
        took.push(Math.max(0, (await seen) - acknowledged))
      }
      return took
    },
    close: () => Promise.all([writer.end(), reader.end()]),
  }
}
