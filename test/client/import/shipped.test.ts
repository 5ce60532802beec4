/** The shipped `import` command. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createEmulator } from '../../../emulator/index.ts'
import { accessClient } from '../../support/built.ts'

test('the shipped import writes a seed that starts an emulator', async () => {
  const there = await createEmulator({ seed: 'ticket' })
  const folder = await mkdtemp(join(tmpdir(), 'import-'))
  const out = join(folder, 'seed.yaml')
  await promisify(execFile)(process.execPath, [accessClient, 'import', '--out', out], {
    env: {
      ...process.env,
      ACCESS_TARGET: 'emulator',
      ACCESS_EMULATOR_URL: there.url,
      CLOUDFLARE_ACCOUNT_ID: there.account.id,
      CLOUDFLARE_API_TOKEN: there.account.api_token,
    },
  })
  expect(await readFile(out, 'utf8')).toContain('manual-app-probe')
  const here = await createEmulator({ seed: out })
  expect(here.account.applications).toEqual(there.account.applications)
  await Promise.all([there.close(), here.close(), rm(folder, { recursive: true })])
})
