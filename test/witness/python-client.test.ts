/** The official Python client drives the same calls as the suite of the TypeScript client, where it is installed. */
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { isOfUnknownPath, refusals } from './definitions.ts'
import { openWitness } from './official-client.ts'
import { argumentsOf, definitions } from './replayed-calls.ts'

const python = process.env.PYTHON ?? 'python3'
const { status } = spawnSync(python, ['-c', 'import cloudflare'])
if (status !== 0)
  console.info('The Python client is not driven: pip install cloudflare is missing.')

/** Without what only the TypeScript client has: options of a request beside its parameters. */
const calls = definitions.filter(({ args }) => !isOfUnknownPath(args))

test.skipIf(status !== 0)('the Python client drives each call', { timeout: 300_000 }, async () => {
  const witness = await openWitness()
  const { emulator } = witness
  const script = fileURLToPath(new URL('python-client.py', import.meta.url))
  const child = spawn(python, [script, `${emulator.url}/client/v4`, emulator.account.api_token], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Not through a proxy of this machine.
    env: { PATH: process.env.PATH, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' },
  })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const wrong: string[] = []
  let driven = 0
  for (const one of calls) {
    const args = await argumentsOf(one, witness)
    child.stdin.write(`${JSON.stringify({ at: one.at, args })}\n`)
    const line = await answers.next()
    const answer: { status?: number; problem?: string } = JSON.parse(String(line.value))
    const refused = refusals.find(({ title }) => title.test(one.title))
    const isRight =
      refused === undefined
        ? [200, 201, 202].includes(answer.status ?? 0)
        : answer.status === refused.status
    if (isRight) driven += 1
    else wrong.push(`${one.title}: ${answer.status ?? answer.problem}`)
  }
  child.stdin.end()
  await emulator.close()
  expect(wrong).toEqual([])
  expect(driven).toBe(calls.length)
})
