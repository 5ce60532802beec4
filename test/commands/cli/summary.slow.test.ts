/** `access-emulator summary`: what a running emulator refused, from its journal, as `run` says at its end. */
import { expect, onTestFinished, test } from 'vitest'
import { createEmulator, type EmulatorOptions } from '../../../emulator/index.ts'
import { runCommand } from '../../support/command.ts'

const secret = 'a-secret-of-somebody'

/** An emulator that let one request in, refused three of two kinds, and sent one to the login. */
async function asked(options: EmulatorOptions = {}) {
  const emulator = await createEmulator({ seed: 'example', profile: 'observed', ...options })
  onTestFinished(() => emulator.close())
  const [pair] = emulator.account.service_tokens
  const headers = (client_secret = '') => ({
    'CF-Access-Client-Id': pair?.client_id ?? '',
    'CF-Access-Client-Secret': client_secret,
  })
  await emulator.fetch('https://machines.example.com/', { headers: headers(pair?.client_secret) })
  await emulator.fetch('https://machines.example.com/1', { headers: headers(secret) })
  await emulator.fetch('https://machines.example.com/2', { headers: headers(secret) })
  await emulator.fetch('https://api.cloudflare.com/client/v4/zones')
  await emulator.fetch('https://wiki.example.com/', { redirect: 'manual' })
  return emulator
}

const summary = (...args: readonly string[]) => runCommand(['summary', ...args])

test('prints each kind that was refused, with the mode behind it', async () => {
  const { url } = await asked()
  const { code, stdout, stderr } = await summary('--url', url)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^3 of 5 requests were refused:$/m)
  expect(stdout).toMatch(/^ {2}2 x GET machines\.example\.com\/… 403: /m)
  expect(stdout).toMatch(/^ {2}GET \/client\/v4\/zones 400 9106: /m)
  expect(stdout).toMatch(/^ {4}failure mode api-no-credentials: /m)
  expect(stdout).toMatch(/^1 request was sent to the login page:$/m)
  expect(stdout).not.toContain(secret)
})

test('as JSON and as Markdown', async () => {
  const { url } = await asked()
  const json = await summary('--url', url, '--json')
  expect(JSON.parse(json.stdout)).toMatchObject({
    ...{ requests: 5, refused: 3, sent_to_login: 1 },
    kinds: expect.arrayContaining([
      expect.objectContaining({ status: 400, mode: 'api-no-credentials', count: 1 }),
    ]),
  })
  const markdown = await summary('--url', url, '--markdown')
  expect(markdown.stdout).toMatch(/^### Cloudflare Access emulator$/m)
  expect(markdown.stdout).toContain('| 2 | <code>GET machines.example.com/…</code> | 403 |')
  const both = await summary('--url', url, '--markdown', '--json')
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used with') })
})

test('says what is wrong where no emulator answers, or one that asks for its token', async () => {
  const emulator = await createEmulator({ seed: 'example' })
  await emulator.close()
  expect(await summary('--url', emulator.url)).toEqual({
    ...{ code: 2, stdout: '' },
    stderr: `access-emulator: No emulator answers at ${emulator.url}. Start one, or say where it is with --url.\n`,
  })
  expect(await summary('--url', 'nowhere')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"nowhere" is not a URL.'),
  })
})
