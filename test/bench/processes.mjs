/** Servers as processes of their own: started, asked what they cost, stopped. */
import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const scripts = new URL('scripts/', import.meta.url)

/**
 * Starts a script that prints one line of JSON once it can answer.
 *
 * @returns {Promise<{ pid: number, ready: object, stop(): Promise<void> }>}
 */
export async function start(script, args = [], env = {}, node = process.execPath) {
  const child = spawn(node, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  let complaints = ''
  child.stderr.on('data', (text) => {
    complaints = (complaints + text).slice(-2000)
  })
  const ready = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once('line', (text) => resolve(JSON.parse(text)))
    ended.then((code) => reject(new Error(`${script} ended with ${code}: ${complaints}`)))
  })
  return {
    pid: child.pid,
    ready,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Starts one of `scripts/`: a peer, or an origin. */
export function startScript(name, args = [], node = process.execPath) {
  return start(fileURLToPath(new URL(`${name}.mjs`, scripts)), args, {}, node)
}

export function startEmulator(dist, args = [], env = {}) {
  return start(emulatorOf(dist), ['start', '--port', '0', '--json', ...args], env)
}

/** Runs a script to its end and reads the one line that it prints. */
export async function run(name, args = []) {
  const { ready, stop } = await start(fileURLToPath(new URL(`${name}.mjs`, scripts)), args)
  await stop()
  return ready
}

/** Runs a command of the emulator to its end and reads the JSON that it prints. */
export async function runCommand(dist, args, env) {
  const { stdout } = await promisify(execFile)(process.execPath, [emulatorOf(dist), ...args], {
    env: { ...process.env, ...env },
  })
  return JSON.parse(stdout)
}

function emulatorOf(dist) {
  return fileURLToPath(new URL('access-emulator.js', dist))
}

/** @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders, body: string }>} */
export function ask(url, { method = 'GET', headers = {}, body = '' } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (answer) => {
      const pieces = []
      answer.on('data', (piece) => pieces.push(piece))
      answer.on('end', () =>
        resolve({
          status: answer.statusCode,
          headers: answer.headers,
          body: Buffer.concat(pieces).toString(),
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Megabytes that the process holds once it has settled. */
export async function settledMemory(pid, ms = 1500) {
  await sleep(ms)
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(kilobytes) / 1024
}

/** Milliseconds of processor time so far; undefined where the system has no /proc. */
export function processorTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return undefined
  }
}
