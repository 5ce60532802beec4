/** Thousands of requests that clients or the origin give up, at every step: nothing is left of them. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import '../support/built.ts'
import { temporaryFolder } from './server.ts'

const script = fileURLToPath(new URL('aborted-requests.mjs', import.meta.url))
const count = 5_000
/** For each request; one that is kept takes kilobytes, with its response, its stream and its headers. */
const bytesEach = 400

test.each(['http1', 'http2'])(
  'of 5,000 aborted requests over %s, no socket, timer or memory is left',
  async (protocol) => {
    const args = ['--expose-gc', script, protocol, String(count), await temporaryFolder()]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { before, after, inUse } = JSON.parse(stdout)
    // The emulator and the origin listen.
    expect(after.resources).toEqual(['TCPServerWrap', 'TCPServerWrap'])
    expect(after.bytes - before.bytes).toBeLessThan(count * bytesEach)
    expect(inUse).toBe('no')
  },
  120_000,
)
