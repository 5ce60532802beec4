/**
 * A sign-in as a program records it, the browser's requests among them, and the support bundle that is made from a capture of
 * it: no token, code, cookie or secret is in either.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { run } from '../../../client/commands/program.ts'
import { recordTo } from '../../../client/support-bundle/record.ts'
import { recording } from '../../../client/support-bundle/recording.ts'
import { targetFrom } from '../../../client/target/target.ts'
import { systemClock } from '../../../client/transport/clock.ts'
import type { HttpExchange } from '../../../contracts/recording/exchange.ts'
import { harOf } from '../../../contracts/recording/har.ts'
import type { EdgeFixture } from '../applications.ts'
import { approved, program } from '../cloudflared/program.ts'
import { browser } from '../login/browser.ts'
import { last, signIn } from '../login/person.ts'
import { connected, oauthWorld, plain, refresh } from './application.ts'
import { authorizationUrl, codeFor, consentedBy, exchange, saasWorld, userinfo } from './saas.ts'

const client_secret = '0123456789abcdef'.repeat(4)

/** What was recorded of `steps`, which return what must not be in it. */
async function recordingOf(
  edge: EdgeFixture,
  steps: (recorded: EdgeFixture) => Promise<readonly unknown[]>,
  ids = false,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'recording-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'flow.har')
  const captured = recording(edge.emulator.fetch, systemClock)
  captured.about('recorded')
  const target = targetFrom({ target: 'live', fetch: captured.fetch })
  const recorder = await recordTo(file, { target, ids })
  const emulator = { ...edge.emulator, fetch: recorder.target.fetch }
  const secrets = await steps({ ...edge, emulator })
  await recorder.save()
  const har = await readFile(file, 'utf8')
  const texts = [har, ...(await bundleOf(folder, captured.exchanges, ids))]
  expect(secrets.length).toBeGreaterThan(0)
  for (const secret of secrets) {
    expect(secret).toMatch(/^.{30}/)
    for (const text of texts) {
      expect(text).not.toContain(String(secret))
      expect(text).not.toContain(encodeURIComponent(String(secret)))
    }
  }
  return har
}

/** The files of the bundle from a browser's capture, which nothing has been redacted in. */
async function bundleOf(
  folder: string,
  exchanges: readonly HttpExchange[],
  ids: boolean,
): Promise<readonly string[]> {
  const [from, out] = [join(folder, 'captured.har'), join(folder, 'bundle')]
  await writeFile(from, JSON.stringify(harOf(exchanges, { name: 'access-client', version: '' })))
  const flags = ['--from', from, '--out', out, ...(ids ? ['--redact-ids'] : [])]
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  expect([await run(['evidence', ...flags], { env: {}, out: say, err: say }), said]).toEqual([
    0,
    [expect.stringMatching(/^\d+ files in /)],
  ])
  const names = await readdir(out)
  return Promise.all(names.map((name) => readFile(join(out, name), 'utf8')))
}

test.each([
  ['', false],
  [' without ids', true],
])('OpenID Connect from the login to userinfo%s', async (_, ids) => {
  const steps = async (recorded: EdgeFixture) => {
    const code = await codeFor(recorded)
    const { body } = await exchange(recorded, code, { client_secret })
    await userinfo(recorded, String(body.access_token))
    const { access_token, refresh_token, id_token } = body
    return [code, access_token, refresh_token, id_token, client_secret]
  }
  const har = await recordingOf(await saasWorld({ client_secret }), steps, ids)
  for (const path of ['/authorization?', '/login/', '/token', '/userinfo'])
    expect(har).toContain(path)
  expect(har).toContain('grant_type=authorization_code')
  // The client's state, in the address that the login returns to.
  expect(har).toMatch(/%26state%3D\[secret#\d+\]%26/)
})

test('the implicit and the hybrid flow, which answer in the fragment', async () => {
  const edge = await saasWorld({
    client_secret,
    grant_types: ['hybrid', 'implicit'],
    refresh_token_options: undefined,
    hybrid_and_implicit_options: {
      return_id_token_from_authorization_endpoint: true,
      return_access_token_from_authorization_endpoint: true,
    },
  })
  const har = await recordingOf(edge, async (recorded) => {
    const url = authorizationUrl({ response_type: 'code id_token token' })
    const { location } = await consentedBy(recorded, url, { email: 'grace@example.com' })
    const given = new URLSearchParams(location?.hash.slice(1))
    return ['code', 'id_token', 'access_token'].map((name) => given.get(name))
  })
  expect(har).toContain('#code=[')
})

test('Managed OAuth from registration to refresh', async () => {
  const har = await recordingOf(await oauthWorld(), async (recorded) => {
    const client = await connected(recorded)
    const again = await refresh(recorded, client)
    return [client.access, client.refresh, again.body.access_token, again.body.refresh_token]
  })
  expect(har).toContain('/registration')
})

test('cloudflared from approval to the tokens', async () => {
  const edge = await oauthWorld({ behaviours: { 'transfer.hold_seconds': 0 } })
  await recordingOf(edge, async (recorded) => {
    const cli = program(recorded)
    const person = browser(recorded.emulator)
    const page = last(await signIn(person, cli.approvalOf(`https://${plain}/a?b=c`)))
    await approved(person, page)
    const { app_token, org_token } = cli.tokensIn(await cli.poll())
    return [app_token, org_token]
  })
})
