/** A shared emulator of two replicas: an account's token, limits and end are the same at each. */
import { expect, onTestFinished, test } from 'vitest'
import { createEmulator } from '../../../emulator/index.ts'
import { databasePerTest } from './databases.ts'

const adminToken = 'admin-token-of-this-test'
const database = databasePerTest()

test('what one replica gives, the other knows at once', async () => {
  const replica = async () => {
    const emulator = await createEmulator({ shared: true, adminToken, state: database.url })
    onTestFinished(() => emulator.close())
    return emulator
  }
  const [one, other] = [await replica(), await replica()]
  const taken = await createEmulator({ server: one.url, adminToken, seed: 'example' })
  const { id } = taken.account
  const there = await createEmulator({ server: other.url, adminToken, seed: 'example' })
  onTestFinished(() => there.close())
  const { admin_token, ...account } = await taken.control.createAccount({
    body: { name: 'both', max_objects: 3 },
  })
  const statusAt = async (url: string, token = '', query = '') => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${url}/__access/state${query}`, { headers })).status
  }
  for (const { url } of [one, other]) {
    expect(await statusAt(url, admin_token)).toBe(200)
    expect(await statusAt(url, admin_token, `?account=${id}`)).toBe(403)
  }
  const tag = async (url: string, name: string) => {
    const answer = await fetch(`${url}/client/v4/accounts/${account.id}/access/tags`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${account.api_token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ name }),
    })
    return answer.status
  }
  expect([await tag(one.url, 'one'), await tag(other.url, 'two')]).toEqual([201, 403])
  const quotaAt = async (url: string) => {
    const headers = { authorization: `Bearer ${adminToken}` }
    const { accounts } = JSON.parse(await (await fetch(`${url}/__access/seed`, { headers })).text())
    return accounts.find((each: { id: string }) => each.id === account.id)?.quota
  }
  const quota = await quotaAt(one.url)
  expect(quota).toMatchObject({ objects: 3, max_objects: 3, max_bytes: 32 * 1024 * 1024 })
  expect(quota.bytes).toBeGreaterThan(account.quota?.bytes ?? Number.NaN)
  expect(await quotaAt(other.url)).toEqual(quota)
  const narrow = taken.control.createAccount({ body: { name: 'narrow', max_bytes: 200 } })
  await expect(narrow).rejects.toThrow(/at most 200 bytes/)
  for (const { url } of [one, other]) {
    const headers = { authorization: `Bearer ${adminToken}` }
    expect(await (await fetch(`${url}/__access/seed`, { headers })).text()).not.toContain('narrow')
  }
  await taken.close()
  expect(await statusAt(other.url, admin_token)).toBe(403)
  expect(other.accounts().map((each) => each.id)).toEqual([there.account.id])
})
