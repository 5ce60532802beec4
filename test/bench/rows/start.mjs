/** From the start of a process to its first answer, and what it then holds in memory. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
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

const emulator = (dist, cache) =>
  firstAnswer(() => startEmulator(dist, [], { XDG_CACHE_HOME: cache }), exchange)

/** Where no code cache can be written, so that every start is the first. */
const nowhere = '/dev/null'

/** Calls with a cache folder that an earlier start has filled. */
async function withCodeCache(dist, act) {
  const cache = await mkdtemp(join(tmpdir(), 'access-bench-'))
  try {
    const { server } = await emulator(dist, cache)
    for (let tries = 0; !(await hasCode(cache)) && tries < 100; tries++) await sleep(50)
    await server.stop()
    return await act(cache)
  } finally {
    await rm(cache, { recursive: true })
  }
}

async function hasCode(cache) {
  const files = await readdir(cache, { recursive: true })
  return files.some((name) => name.endsWith('.code'))
}

const express = () =>
  firstAnswer(
    () => startScript('express'),
    (url) => ({ url }),
  )

/** @param {import('../run.mjs').Setting} setting */
export function start({ dist, pairs }) {
  return withCodeCache(dist, async (cache) => {
    const timed = async (begin) => {
      const { server, took } = await begin()
      await server.stop()
      return took
    }
    const { warm, cold, peer } = await interleaved(pairs, {
      warm: () => timed(() => emulator(dist, cache)),
      peer: () => timed(express),
      cold: () => timed(() => emulator(dist, nowhere)),
    })
    const against = (name, own, atMost) =>
      line({
        what: `start of the command to the first service/auth 200, ${name}`,
        unit: 'ms',
        own,
        peer: { name: 'Express: start to first 200', figures: peer },
        bar: { of: 'ratio', atMost },
      })
    return [against('with a code cache', warm, 1.3), against('without', cold, 1.65)]
  })
}

/** @param {import('../run.mjs').Setting} setting */
export function memory({ dist, pairs }) {
  return withCodeCache(dist, async (cache) => {
    const held = async (begin) => {
      const { server } = await begin()
      const megabytes = await settledMemory(server.pid)
      await server.stop()
      return megabytes
    }
    const untouched = async () => {
      const server = await startEmulator(dist, [], { XDG_CACHE_HOME: cache })
      const megabytes = await settledMemory(server.pid)
      await server.stop()
      return megabytes
    }
    const { own, cold, peer, before } = await interleaved(pairs, {
      own: () => held(() => emulator(dist, cache)),
      peer: () => held(express),
      cold: () => held(() => emulator(dist, nowhere)),
      before: untouched,
    })
    const against = (what, figures, bar) =>
      line({
        what: `memory at rest, ${what}`,
        unit: 'MB',
        own: figures,
        peer: { name: 'Express: after its first 200', figures: peer },
        bar,
      })
    const bar = { of: 'ratio', atMost: 1.25 }
    return [
      against('after the first service/auth 200', own, bar),
      against('the same, without a code cache', cold, bar),
      against('before any request', before),
    ]
  })
}
