/** The declarative client alchemy makes, keeps, changes and removes its Access resources, where its package is at hand. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { parseJson } from '../../contracts/declaration/json.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

const folder = process.env.ALCHEMY ?? ''
const isHere = existsSync(join(folder, 'lib', 'cloudflare', 'index.js'))
if (!isHere)
  console.info('alchemy does not run: ALCHEMY does not name the folder of its npm package.')

interface Made {
  readonly ids: Readonly<Record<string, string>>
  readonly client_id: string
  readonly client_secret: string
}

const script = fileURLToPath(new URL('alchemy-stack.mjs', import.meta.url))

async function stack(emulator: Emulator, cwd: string, step: string): Promise<Made> {
  const { api_token, id } = emulator.account
  const child = spawn(process.execPath, [script, step, folder], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: cwd,
      CLOUDFLARE_BASE_URL: `${emulator.url}/client/v4`,
      CLOUDFLARE_API_TOKEN: api_token,
      CLOUDFLARE_ACCOUNT_ID: id,
      // It counts its uses otherwise.
      DO_NOT_TRACK: '1',
      ALCHEMY_TELEMETRY_DISABLED: '1',
    },
  })
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.once('close', resolve)),
  ])
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return parseJson(stdout.trim().split('\n').at(-1) ?? '') as Made
}

test.skipIf(!isHere)(
  'alchemy creates a stack, finds it unchanged, changes it and destroys it',
  { timeout: 120_000 },
  async () => {
    const emulator = await createEmulator({ seed: 'example' })
    onTestFinished(() => emulator.close())
    const cwd = await mkdtemp(join(tmpdir(), 'alchemy-'))
    onTestFinished(() => rm(cwd, { recursive: true }))
    const enter = async ({ client_id, client_secret }: Made) => {
      const headers = { 'CF-Access-Client-Id': client_id, 'CF-Access-Client-Secret': client_secret }
      return (await emulator.fetch('https://machines.example.com/alchemy', { headers })).status
    }
    const names = async (resource: string) => {
      const { account } = emulator
      const answer = await emulator.fetch(
        `https://api.cloudflare.com/client/v4/accounts/${account.id}/access/${resource}`,
        { headers: { authorization: `Bearer ${account.api_token}` } },
      )
      const { result } = (await answer.json()) as { result: { name: string }[] }
      return result.map(({ name }) => name)
    }
    const before = { apps: await names('apps'), providers: await names('identity_providers') }

    const made = await stack(emulator, cwd, 'up')
    expect(await enter(made)).toBe(200)
    expect(await names('apps')).toEqual(expect.arrayContaining(['admin', 'zoned', 'saas']))
    expect(await stack(emulator, cwd, 'up')).toEqual(made)
    const changed = await stack(emulator, cwd, 'change')
    expect(changed.ids).toEqual(made.ids)
    expect(await names('identity_providers')).toContain('Company, renamed')
    expect(await enter(changed)).toBe(200)

    await stack(emulator, cwd, 'destroy')
    expect(await enter(made)).not.toBe(200)
    expect({ apps: await names('apps'), providers: await names('identity_providers') }).toEqual(
      before,
    )
  },
)
