/** From the start of a process to its first answer, and what it then holds in memory. */
import { interleaved, line } from '../measure.mjs'
import { ask, settledMemory, startEmulator, startScript } from '../processes.mjs'
import { exchange } from '../seeds.mjs'

async function firstAnswer(begin, requestOf) {
  const began = performance.now()
  const server = await begin()
  const { url, ...request } = requestOf(server.ready.url)
  const { status } = await ask(url, request)
  const took = performance.now() - began
  if (status !== 200) throw new Error(`the first answer was ${status}`)
  return { server, took }
}

const emulator = (dist) => firstAnswer(() => startEmulator(dist), exchange)
const express = () =>
  firstAnswer(
    () => startScript('express'),
    (url) => ({ url }),
  )

/** @param {import('../run.mjs').Setting} setting */
export async function start({ dist, pairs }) {
  const timed = async (begin) => {
    const { server, took } = await begin()
    await server.stop()
    return took
  }
  const { own, peer } = await interleaved(pairs, {
    own: () => timed(() => emulator(dist)),
    peer: () => timed(express),
  })
  return [
    line({
      what: 'start of the command to the first service/auth 200',
      unit: 'ms',
      own,
      peer: { name: 'Express: start to first 200', figures: peer },
      bar: { of: 'ratio', atMost: 1.65 },
    }),
  ]
}

/** @param {import('../run.mjs').Setting} setting */
export async function memory({ dist, pairs }) {
  const held = async (begin) => {
    const { server } = await begin()
    const megabytes = await settledMemory(server.pid)
    await server.stop()
    return megabytes
  }
  const untouched = async () => {
    const server = await startEmulator(dist)
    const megabytes = await settledMemory(server.pid)
    await server.stop()
    return megabytes
  }
  const { own, peer, before } = await interleaved(pairs, {
    own: () => held(() => emulator(dist)),
    peer: () => held(express),
    before: untouched,
  })
  const peerOf = { name: 'Express: after its first 200', figures: peer }
  return [
    line({
      what: 'memory at rest, after the first service/auth 200',
      unit: 'MB',
      own,
      peer: peerOf,
      bar: { of: 'ratio', atMost: 1.25 },
    }),
    line({ what: 'memory at rest, before any request', unit: 'MB', own: before, peer: peerOf }),
  ]
}
