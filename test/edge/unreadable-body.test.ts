/** Only the exchange cares about an unreadable body, and only if there is an exchange. */
import { expect, test } from 'vitest'
import { createEmulator } from '../../emulator/index.ts'

const tooLarge = 'x'.repeat(70_000)

test.each([
  ['expected', '/cdn-cgi/access/service/auth', 400],
  ['observed', '/cdn-cgi/access/service/auth', 404],
  ['expected', '/cdn-cgi/access/certs', 404],
] as const)('in %s, POST %s with one answers %i', async (profile, path, status) => {
  const emulator = await createEmulator({ profile, seed: 'example' })
  const answer = await emulator.fetch(`${emulator.urlFor('machines.example.com')}${path}`, {
    method: 'POST',
    body: tooLarge,
  })
  expect(answer.status).toBe(status)
  const body = await answer.text()
  if (status === 404) expect(body).toBe('')
  else expect(JSON.parse(body).error.code).toBe('body_invalid')
  await emulator.close()
})
