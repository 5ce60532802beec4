/** The shipped command over a state directory: killed, and on a full disk. */
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { type Running, runCommand, startCommand } from '../support/command.ts'
import { openWire } from '../support/wire.ts'
import { scratch } from './scratch.ts'

const open: Running[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((running) => running.stop('SIGKILL')))
})

async function started(args: readonly string[], through?: readonly string[]): Promise<Running> {
  const running = await startCommand(args, through === undefined ? {} : { through })
  open.push(running)
  return running
}

/** The API of a running command, as its first account. */
function speaker({ ready }: Running) {
  const wire = openWire(ready.url)
  const credentials = ['authorization', `Bearer ${ready.api_token}`] as const
  const json = ['content-type', 'application/json'] as const
  return {
    async tag(name: string) {
      const path = `/client/v4/accounts/${ready.account_id}/access/tags`
      const body = JSON.stringify({ name })
      const headers = [credentials, json]
      return wire.send({ method: 'POST', path, host: 'api.cloudflare.com', headers, body })
    },
    async tags(): Promise<string[]> {
      const path = `/client/v4/accounts/${ready.account_id}/access/tags?per_page=1000`
      const answer = await wire.send({ path, host: 'api.cloudflare.com', headers: [credentials] })
      const { result } = JSON.parse(answer.body.toString()) as { result: { name: string }[] }
      return result.map(({ name }) => name)
    },
    control: (method: string, path: string, body?: string) =>
      wire.send({
        method,
        path: `/__access/${path}`,
        host: 'localhost',
        headers: [json],
        ...(body === undefined ? {} : { body }),
      }),
    gate: (headers: readonly (readonly [string, string])[]) =>
      wire.send({ path: '/', host: 'machines.example.com', headers }),
    close: () => wire.close(),
  }
}

describe('access-emulator start --state', () => {
  test('loses nothing that was acknowledged when it is killed', async () => {
    const { state, log } = scratch()
    const first = await started(['--state', state])
    const speak = speaker(first)
    for (let index = 0; index < 20; index += 1) {
      expect((await speak.tag(`tag-${index}`)).status).toBe(201)
    }
    await first.stop('SIGKILL')
    // The room for more lines, which an emulator takes away when it is closed.
    const left = readFileSync(log)
    const room = left.subarray(left.lastIndexOf('\n') + 1)
    expect(room.length).toBeGreaterThan(0)
    expect(room.every((byte) => byte === 0)).toBe(true)

    const second = await started(['--state', state, '--seed', 'ticket'])
    expect(second.stderr()).not.toContain('truncated')
    // The seed that it was created from, not the one requested now.
    expect(second.ready).toMatchObject({ seed: 'example', account_id: first.ready.account_id })
    const again = speaker(second)
    expect(await again.tags()).toHaveLength(20)
    again.close()
    speak.close()
    await second.stop()
    expect(readFileSync(log).includes(0)).toBe(false)
  })

  test('ends with exit code 2 and one line where another process has the folder', async () => {
    const { state } = scratch()
    const first = await started(['--state', state])
    const second = await runCommand(['start', '--port', '0', '--state', state])
    expect(second).toEqual({
      code: 2,
      stdout: '',
      stderr: `access-emulator: The state folder is in use by another emulator (process ${first.child.pid}, lock ${state}/lock). Stop it, or give --state another folder.\n`,
    })
  })

  test('answers 503 to every write once the disk is full, applies none, and still serves reads', async () => {
    const { state } = scratch()
    // No file may grow past 32 kB: to the process that is a full disk.
    const limit = 'trap \'\' XFSZ; ulimit -f 64; exec "$@"'
    const running = await started(
      ['--state', state],
      ['/bin/sh', '-c', limit, 'sh', process.execPath],
    )
    const speak = speaker(running)
    let written = 0
    let full = await speak.tag('tag')
    for (; full.status === 201 && written < 500; written += 1) {
      full = await speak.tag(`tag-${written}`)
    }
    expect(full.status).toBe(503)
    expect(JSON.parse(String(full.body))).toMatchObject({
      success: false,
      errors: [{ code: 19503 }],
    })

    const seen = await speak.tags()
    expect(seen).toHaveLength(written)
    expect((await speak.tag('one-more')).status).toBe(503)
    const refused = [
      await speak.control('POST', 'reset'),
      await speak.control('POST', 'accounts', '{"name":"late"}'),
      await speak.control('POST', 'sessions', '{"email":"late@example.com"}'),
      await speak.control('DELETE', `accounts?account=${running.ready.account_id}`),
    ]
    for (const { status, body } of refused) {
      expect({ status, code: JSON.parse(body.toString()).error?.code }).toEqual({
        status: 503,
        code: 'write_refused',
      })
    }
    expect(await speak.tags()).toEqual(seen)
    const { body } = await speak.control('GET', 'seed')
    const { accounts } = JSON.parse(body.toString()) as {
      accounts: { service_tokens: { client_id: string; client_secret: string }[] }[]
    }
    expect(accounts).toHaveLength(1)
    const pair = accounts[0]?.service_tokens[0]
    const passed = await speak.gate([
      ['CF-Access-Client-Id', pair?.client_id ?? ''],
      ['CF-Access-Client-Secret', pair?.client_secret ?? ''],
    ])
    expect(passed.status).toBe(200)
    expect(running.stderr()).toContain('cannot write the state')
    speak.close()

    // With room again, the folder has all that was acknowledged.
    expect(await running.stop()).toBe(0)
    const after = await started(['--state', state])
    const again = speaker(after)
    expect(await again.tags()).toEqual(seen)
    again.close()
  })
})
