/** An account with a time to live is deleted when it is over, by the clock on the wall. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../../emulator/index.ts'
import { adminToken } from './calls.ts'

/** Only what the sweep reads: sockets need real timers. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
})

function later(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}

async function started(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await createEmulator({ shared: true, adminToken, ...options })
  // Some have been closed by then.
  onTestFinished(() => emulator.close().catch(() => {}))
  return emulator
}

const make = ({ control }: Emulator, name: string, ttl_seconds: number | null) =>
  control.createAccount({ body: { name, ttl_seconds } })

type Made = Awaited<ReturnType<typeof make>>

/** The statuses of each way to reach an account. */
async function reached(
  { url }: Emulator,
  { id, api_token, admin_token, zones, auth_domain }: Made,
) {
  const { request } = await import('node:http')
  const at = (host: string, path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${url}${path}`, { headers: { host } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      sent.once('error', reject).end()
    })
  const api = await fetch(`${url}/client/v4/accounts/${id}/access/apps`, {
    headers: { authorization: `Bearer ${api_token}` },
  })
  const control = await fetch(`${url}/__access/state`, {
    headers: { authorization: `Bearer ${admin_token}` },
  })
  return {
    edge: await at(`app.${zones[0]?.name}`, '/'),
    team: await at(auth_domain, '/cdn-cgi/access/certs'),
    api: api.status,
    control: control.status,
  }
}

const there = { edge: 200, team: 200, api: 200, control: 200 }

describe('past its end', () => {
  test('an account answers like one that never was, and others stay', async () => {
    const emulator = await started()
    const [short, long] = [await make(emulator, 'short', 60), await make(emulator, 'long', null)]
    const nobody = {
      ...short,
      id: 'f'.repeat(32),
      api_token: 'n'.repeat(40),
      admin_token: 'nobody',
      zones: [{ id: '', name: 'nobody.test' }],
      auth_domain: 'nobody.cloudflareaccess.com',
    }
    later(59)
    expect(await reached(emulator, short)).toEqual(there)
    later(2)
    const unknown = await reached(emulator, nobody)
    expect(unknown).toMatchObject({ edge: 421, control: 403 })
    expect(await reached(emulator, short)).toEqual(unknown)
    expect(await reached(emulator, long)).toEqual(there)
    expect(emulator.accounts().map(({ name }) => name)).toEqual(['long'])
  })

  test('its names are free again, and the new account is another', async () => {
    const emulator = await started()
    const first = await make(emulator, 'again', 60)
    later(61)
    const second = await make(emulator, 'again', 60)
    expect(second.zones[0]?.name).toBe(first.zones[0]?.name)
    expect(await reached(emulator, second)).toEqual(there)
    expect(await reached(emulator, { ...second, api_token: first.api_token })).toMatchObject({
      api: 403,
    })
  })

  test('the emulator’s own clock ends nothing', async () => {
    const emulator = await started()
    const account = await make(emulator, 'mine', 60)
    await emulator.control.setClock({ body: { advance: 86_400 } })
    expect((await reached(emulator, account)).control).toBe(200)
  })
})

describe('in a folder', () => {
  const folder = async () => {
    const path = await mkdtemp(`${tmpdir()}/sweep-`)
    onTestFinished(() => rm(path, { recursive: true, force: true }))
    return path
  }

  test('end, limit and token outlive a start', async () => {
    const state = await folder()
    const one = await started({ state })
    const account = await make(one, 'kept', 60)
    await one.close()
    const two = await started({ state })
    expect(await reached(two, account)).toEqual(there)
    expect(two.accounts()).toMatchObject([{ expires_at: account.expires_at }])
    later(61)
    expect((await reached(two, account)).control).toBe(403)
    await two.close()
    expect((await started({ state })).accounts()).toEqual([])
  })

  test('it is deleted although no request comes', async () => {
    const state = await folder()
    const one = await started({ state })
    const account = await make(one, 'forgotten', 60)
    const before = Date.now()
    vi.advanceTimersByTime(120_000)
    await one.close()
    vi.setSystemTime(before)
    const two = await started({ state })
    expect(two.accounts()).toEqual([])
    expect(account.expires_at).toBe(new Date(before + 60_000).toISOString())
  })
})
