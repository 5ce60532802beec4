/** The entry `./vitest`, used as a stranger would. */
import { expect, test } from '../../emulator/vitest.ts'

test('a host is open until an application covers it', async ({ account, emulator, fetch }) => {
  const host = `app.${account.zones[0]?.name}`
  expect(await fetch(`https://${host}/`)).toBeAllowedByAccess()

  const created = await fetch(`${emulator.url}/client/v4/accounts/${account.id}/access/apps`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${account.api_token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ type: 'self_hosted', domain: host }),
  })
  expect(created.status).toBe(201)
  expect(await fetch(`https://${host}/`)).not.toBeAllowedByAccess()
})

test('each test has an account of its own', async ({ account, emulator }) => {
  const accounts = emulator.accounts()
  expect(accounts.map(({ id }) => id)).toEqual([account.id])
  expect(account.applications).toEqual([])
})
