/** What a client of OpenID Connect sends and gets, as it records that: no token, code or secret is in the file. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recordTo } from '../../client/support-bundle/record.ts'
import { targetFrom } from '../../client/target.ts'
import { codeFor, exchange, saasWorld, userinfo } from './saas.ts'

test('tokens, codes and the secret are in no recording of a flow', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'saas-'))
  try {
    const file = join(folder, 'flow.har')
    const client_secret = '0123456789abcdef'.repeat(4)
    const edge = await saasWorld({ client_secret })
    const recorder = await recordTo(file, {
      target: targetFrom({ target: 'live', fetch: edge.emulator.fetch }),
    })
    const recorded = { ...edge, emulator: { ...edge.emulator, fetch: recorder.target.fetch } }
    const code = await codeFor(edge)
    const { body } = await exchange(recorded, code, { client_secret })
    await userinfo(recorded, String(body.access_token))
    await recorder.save()
    const har = await readFile(file, 'utf8')
    expect(har).toContain('/userinfo')
    const { access_token, refresh_token, id_token } = body
    for (const secret of [code, access_token, refresh_token, id_token, client_secret]) {
      expect(har).not.toContain(String(secret))
      expect(har).not.toContain(encodeURIComponent(String(secret)))
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})
