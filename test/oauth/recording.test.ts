/** A sign-in as a program records it, the browser's requests among them: no token, code, cookie or secret is in the file. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { recordTo } from '../../client/support-bundle/record.ts'
import { targetFrom } from '../../client/target.ts'
import { approved, program } from '../cloudflared/program.ts'
import type { EdgeFixture } from '../edge/applications.ts'
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
  const target = targetFrom({ target: 'live', fetch: edge.emulator.fetch })
  const recorder = await recordTo(file, { target, ids })
  const emulator = { ...edge.emulator, fetch: recorder.target.fetch }
  const secrets = await steps({ ...edge, emulator })
  await recorder.save()
  const har = await readFile(file, 'utf8')
  expect(secrets.length).toBeGreaterThan(0)
  for (const secret of secrets) {
    expect(secret).toMatch(/./)
    expect(har).not.toContain(String(secret))
    expect(har).not.toContain(encodeURIComponent(String(secret)))
  }
  return har
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
