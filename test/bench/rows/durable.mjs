/** A write that is on disk before its answer, against SQLite that syncs each commit, behind bare node:http. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { groupOf, write } from '../groups.mjs'
import { costNote, load } from '../load.mjs'
import { interleaved, line, skipped } from '../measure.mjs'
import { startEmulator, startScript } from '../processes.mjs'

/** Not below /tmp, which may be memory: a sync would then cost nothing. */
const besideTheSources = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))
// Installed for the example Workers, which need a newer Node than ours.
const newerNode = `${besideTheSources}worker-examples/node_modules/node/bin/node`

const what = 'API: a durable write'
const ofClients = {
  1: ['one client, one at a time', 0.8],
  64: ['64 clients', 1],
}

/** @param {import('../run.mjs').Setting} setting */
export async function durable({ dist, pairs, seconds, node }) {
  const through = process.getBuiltinModule?.('node:sqlite') ? process.execPath : (node ?? newerNode)
  if (!existsSync(through)) {
    const reason = `This Node has no node:sqlite. Give --node FILE a Node of version 22.13 or later.`
    return [skipped(what, reason)]
  }
  const folder = await mkdtemp(`${besideTheSources}durable-`)
  const emulator = await startEmulator(dist, ['--state', `${folder}/state`])
  const sqlite = await startScript('sqlite', [folder], through)
  try {
    const targets = { own: await groupOf(emulator), peer: rowOf(sqlite) }
    // Many at once, which is how code gets hot: one at a time, that would take minutes.
    for (const target of Object.values(targets)) await load(target, 3, 64)
    const lines = []
    for (const [clients, [name, atLeast]] of Object.entries(ofClients)) {
      const turn = (target) => () => load(target, seconds, Number(clients))
      const { own, peer } = await interleaved(pairs, {
        own: turn(targets.own),
        peer: turn(targets.peer),
      })
      lines.push(
        line({
          what: `${what}, ${name}`,
          unit: '/s',
          own: own.map(({ rate }) => rate),
          peer: { name: 'SQLite, WAL, FULL', figures: peer.map(({ rate }) => rate) },
          bar: { of: 'ratio', atLeast },
          notes: costNote(own, peer),
        }),
      )
    }
    return lines
  } finally {
    await Promise.all([emulator.stop(), sqlite.stop()])
    await rm(folder, { recursive: true })
  }
}

function rowOf({ pid, ready: { url } }) {
  return { url: `${url}/staff`, pid, ...write }
}
