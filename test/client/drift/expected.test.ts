/** What works only in the profile `expected` is never reported as healthy without a note on what happens live. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../../client/commands/program.ts'
import type { ConformReport } from '../../../client/conformance/report-shape.ts'
import type { Diagnosis } from '../../../client/doctor/diagnosis.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'ticket' })
})
afterAll(() => emulator.close())

async function command(argv: readonly string[]) {
  const [pair] = emulator.account.service_tokens
  let stdout = ''
  let stderr = ''
  const code = await run(argv, {
    env: {
      ACCESS_EMULATOR_URL: emulator.url,
      CF_ACCESS_CLIENT_ID: pair?.client_id ?? '',
      CF_ACCESS_CLIENT_SECRET: pair?.client_secret ?? '',
    },
    fetch: emulator.fetch,
    out: (text) => {
      stdout += text
    },
    err: (text) => {
      stderr += text
    },
  })
  return { code, stdout, stderr }
}

test.each([
  [
    'a pair that an Allow policy admits',
    '/',
    /^https:\S+ works in profile expected only\. The response 200 to GET https:\S+ with the pair does not exist live: Cloudflare redirects to the team’s login \(302\), or answers 403 in a strict organization/,
  ],
  [
    'the exchange endpoint',
    '/cdn-cgi/access/service/auth',
    /^https:\S+ works in profile expected only\. The response 200 to POST https:\S+ does not exist live: Cloudflare has no such endpoint and answers 404/,
  ],
])('the doctor on %s', async (_, path, line) => {
  const url = `https://staging-apex.cloudcache.ai${path}`
  const { code, stdout } = await command(['doctor', url])
  expect(code).toBe(0)
  expect(stdout).toMatch(line)
  expect(stdout).not.toContain('works as it should')
  const diagnosis = JSON.parse((await command(['doctor', url, '--json'])).stdout) as Diagnosis
  expect(diagnosis).toMatchObject({ healthy: true })
  expect(diagnosis.expected_only.map(({ live }) => live).join('\n')).toMatch(/Cloudflare/)
})

test('conform, in its first line and in the report', async () => {
  const { code, stdout, stderr } = await command(['conform', '--only', 'edge.service_auth'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr.split('\n')[0]).toBe(
    'Profile expected: some of these responses do not exist live. There /cdn-cgi/access/service/auth returns 404, and an Allow policy sends a service token to the login (302) or refuses it (403, strict).',
  )
  expect(stderr).toMatch(/\d+ of those passed on responses that do not exist live/)
  const { cases } = JSON.parse(stdout) as ConformReport
  const fictions = cases.flatMap(({ expected_only }) => expected_only ?? [])
  expect(fictions).toContainEqual(
    expect.objectContaining({ status: 200, live: expect.stringMatching(/answers 404/) }),
  )
})
