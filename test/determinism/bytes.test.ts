/** Two processes with the same flags return the same bytes for the same script. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Running, startCommand } from '../support/command.ts'
import { openWire } from '../support/wire.ts'
import { type Recorded, runScript } from './script.ts'

const flags = ['--seed', 'example', '--at', '2026-11-24T12:00:00Z', '--entropy', 'demo']
let one: Running
let two: Running
let first: readonly Recorded[]
let second: readonly Recorded[]
beforeAll(async () => {
  ;[one, two] = await Promise.all([startCommand(flags), startCommand(flags)])
  ;[first, second] = await Promise.all([runScript(one.ready), runScript(two.ready)])
})
afterAll(() => Promise.all([one, two].map((running) => running.stop('SIGKILL'))))

/** One answer as text, so that a difference can be read. */
function shown({ label, head, body }: Recorded): string {
  return `${label}\n${head}${body.toString('latin1')}`
}

describe('The same flags and the same 200 requests', () => {
  test('give the same bytes in two processes: status lines, headers and bodies', () => {
    // Anything that contains the address would differ.
    expect(two.ready.url).not.toBe(one.ready.url)
    expect(first.length).toBeGreaterThanOrEqual(200)
    expect(second.map(shown)).toEqual(first.map(shown))
    expect(first.filter(({ status }) => status === 500).map(({ label }) => label)).toEqual([])
  })

  test('give the same bytes again after a reset', async () => {
    const wire = openWire(one.ready.url)
    const reset = { method: 'POST', host: 'localhost', path: '/__access/reset' }
    expect((await wire.send(reset)).status).toBe(200)
    wire.close()
    expect((await runScript(one.ready)).map(shown)).toEqual(first.map(shown))
  })

  test('carry only the World’s date, and each its own ray', () => {
    // The script moves the clock by a minute.
    const dates = new Set(first.map((answer) => answer.header('date')))
    expect([...dates]).toEqual(['Tue, 24 Nov 2026 12:00:00 GMT', 'Tue, 24 Nov 2026 12:01:00 GMT'])
    // Of two accounts, and of none.
    const rays = first.map((answer) => answer.header('cf-ray'))
    expect(new Set(rays).size).toBe(first.length)
  })
})
