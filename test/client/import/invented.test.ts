/** An account with arbitrary names is imported and reproduced on another emulator. */
import { expect, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { run } from '../../../client/commands/program.ts'
import type { SeedInput } from '../../../contracts/control/seed.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { inventedSeed } from '../../seeds/invented-seed.ts'
import { invented } from '../../support/invented.ts'

async function started(seed: SeedInput): Promise<Emulator> {
  const emulator = await createEmulator({ seed })
  onTestFinished(() => emulator.close())
  return emulator
}

async function imported({ account, fetch }: Emulator): Promise<string> {
  let seed = ''
  const code = await run(['import'], {
    env: { CLOUDFLARE_API_TOKEN: account.api_token, CLOUDFLARE_ACCOUNT_ID: account.id },
    fetch,
    out: (text) => {
      seed += String(text)
    },
    err: () => {},
  })
  expect(code).toBe(0)
  return seed
}

const kinds = ['apps', 'groups', 'policies', 'tags', 'service_tokens', 'organizations']

async function seen({ account, fetch }: Emulator): Promise<readonly unknown[]> {
  const of = `https://api.cloudflare.com/client/v4/accounts/${account.id}/access`
  const headers = { authorization: `Bearer ${account.api_token}` }
  return Promise.all(kinds.map(async (kind) => (await fetch(`${of}/${kind}`, { headers })).json()))
}

invented('to the last field', 8, async (invent) => {
  const here = await started(inventedSeed(invent))
  const there = await started(parse(await imported(here)))
  expect(await seen(there)).toEqual(await seen(here))
})
