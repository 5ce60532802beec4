/** What TLS, CONNECT and HTTP/2 cost, against the plain way in at the same port; connections are kept alive. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOn, waysIn } from '../keep-alive.mjs'
import { costNote } from '../load.mjs'
import { interleaved, line } from '../measure.mjs'
import { ask, runCommand, startEmulator, startScript } from '../processes.mjs'
import { exchange, host } from '../seeds.mjs'

const names = {
  tls: 'server: TLS, HTTP/1.1',
  connect: 'server: CONNECT + TLS',
  http2: 'server: HTTP/2',
}

/** @param {import('../run.mjs').Setting} setting */
export async function tls({ dist, pairs, seconds }) {
  const folder = await mkdtemp(join(tmpdir(), 'access-bench-'))
  // The authority is of this run.
  const env = { XDG_STATE_HOME: folder }
  const { certificate } = await runCommand(dist, ['ca', '--json'], env)
  const emulator = await startEmulator(dist, [], env)
  const bare = await startScript('http2', [host])
  try {
    const { url, ...request } = exchange(emulator.ready.url)
    const { token } = JSON.parse((await ask(url, request)).body)
    const way = {
      address: new URL(emulator.ready.url),
      host,
      cookie: `CF_Authorization=${token}`,
      ca: await readFile(certificate, 'utf8'),
    }
    const turns = Object.fromEntries(
      Object.entries(waysIn).map(([name, open]) => [
        name,
        () => turn(() => open(way), emulator.pid, seconds),
      ]),
    )
    const { url: bareUrl, ca: bareCa } = bare.ready
    const bareWay = { ...way, address: new URL(bareUrl), ca: bareCa }
    turns.bare = () => turn(() => waysIn.http2(bareWay), bare.pid, seconds)
    for (const take of Object.values(turns)) await take()
    const runs = await interleaved(pairs, turns)
    const rates = (name) => runs[name].map(({ rate }) => rate)
    const plainly = Object.entries(names).map(([name, what]) =>
      line({
        what,
        unit: '/s',
        own: rates(name),
        peer: { name: 'plain HTTP/1.1, the same request', figures: rates('plain') },
        notes: costNote(runs[name], runs.plain),
      }),
    )
    return [
      ...plainly,
      line({
        what: names.http2,
        unit: '/s',
        own: rates('http2'),
        peer: { name: 'bare node:http2 server', figures: rates('bare') },
        bar: { of: 'ratio', atLeast: 0.45 },
        notes: costNote(runs.http2, runs.bare),
      }),
    ]
  } finally {
    await Promise.all([emulator.stop(), bare.stop()])
    await rm(folder, { recursive: true })
  }
}

/** Connections are opened, and asked once, before the time is taken. */
async function turn(open, pid, seconds) {
  const connections = await Promise.all(Array.from({ length: 16 }, open))
  try {
    for (const { ask } of connections) await ask()
    return await loadOn(connections, pid, seconds)
  } finally {
    for (const { close } of connections) close()
  }
}
