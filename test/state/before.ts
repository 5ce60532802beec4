/** What `state-log-2`, the log of the release before, is when it is opened. */
import { expect } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import type { Api } from '../support/api.ts'

const pair = {
  'CF-Access-Client-Id': '88b6f185650b6e8067ae08782a04a5a2.access',
  'CF-Access-Client-Secret': 'cfast_U9gd0IM8Vf9V8Q1Po6QJWzV4uJTHteucqB36iESTlB6dA8qA',
}

export async function opensAsBefore({ emulator, ok }: Api): Promise<void> {
  const { id, api_token } = emulator.account
  const as = { id, api_token }
  expect(await ok(contract.tags.list, { as })).toMatchObject([{ name: 'before' }])
  const answer = await emulator.fetch('https://before.example.com/', { headers: pair })
  expect(answer.status).toBe(200)
  const { users, sessions } = await emulator.control.getState()
  expect([users, sessions]).toMatchObject([[{ email: 'ada@example.com' }], [{ iat: 1795521600 }]])
  const { result: behaviours } = await emulator.control.getBehaviours()
  expect(behaviours.find(({ name }) => name === 'transfer.pending_status')?.value).toBe(204)
  const { result: modes } = await emulator.control.listModes()
  expect(modes.filter((mode) => mode.set).map((mode) => mode.id)).toEqual(['token-wrong-secret'])
}
