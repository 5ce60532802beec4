/** The API rejects JSON that is nested too deeply for recursion. */
import { expect, test } from 'vitest'
import { edgeFixture } from '../edge/applications.ts'

test('a body nested a hundred thousand levels deep gets 400, and nothing is created', async () => {
  const { emulator } = await edgeFixture()
  const { account, url } = emulator
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const body = `{"type":"self_hosted","name":"d","domain":"deep.example.com","more":${deep}}`
  const answer = await fetch(`${url}/client/v4/accounts/${account.id}/access/apps`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.api_token}`, 'content-type': 'application/json' },
    body,
  })
  expect(answer.status).toBe(400)
  expect(emulator.account.applications.some(({ domain }) => domain === 'deep.example.com')).toBe(
    false,
  )
})
