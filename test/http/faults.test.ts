/** Faults at API operations: which parts of a request they match. */
import { expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { useApi } from '../support/api.ts'

const api = useApi()

const list = contract.tags.list
const effect = { kind: 'failure', failure: 'rate_limited' } as const

test.each([
  // Whatever name or port it was reached by, as the journal has it.
  ['host', 'api.cloudflare.com', '127.0.0.1'],
  ['method', 'GET', 'POST'],
  ['query', '?per_page=5', '?per_page=6'],
] as const)('one with `when` acts by the %s', async (name, met, other) => {
  const path = `/client/v4/accounts/${api.emulator.account.id}/access/tags?per_page=5`
  const status = async () => {
    const headers = { authorization: `Bearer ${api.emulator.account.api_token}` }
    return (await fetch(api.emulator.url + path, { headers })).status
  }
  const set = (value: string) =>
    api.emulator.control.setFaults({ body: [{ at: list.id, effect, when: { [name]: value } }] })
  await set(other)
  expect(await status()).toBe(200)
  await set(met)
  expect(await status()).toBe(429)
})
