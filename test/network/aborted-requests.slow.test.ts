/** Hundreds of requests that clients or the origin give up, at every step: nothing is left of them. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import '../support/built.ts'
import { temporaryFolder } from './server.ts'

const script = fileURLToPath(new URL('aborted-requests.mjs', import.meta.url))
const count = 450
/** For each request; one whose headers are kept takes more. */
const bytesEach = 800

test.each(['http1', 'http2'])(
  'of 450 aborted requests over %s, no request, response, socket, timer or memory is left',
  async (protocol) => {
    const args = ['--expose-gc', script, protocol, String(count), await temporaryFolder()]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { before, after, inUse } = JSON.parse(stdout)
    // The emulator and the origin listen.
    expect(after.resources).toEqual(['TCPServerWrap', 'TCPServerWrap'])
    // Each step is taken fifty times.
    const kept = after.kept.map((objects: number, at: number) => objects - before.kept[at])
    expect(Math.max(...kept)).toBeLessThan(10)
    expect(after.bytes - before.bytes).toBeLessThan(count * bytesEach)
    expect(inUse).toBe('no')
  },
  120_000,
)
