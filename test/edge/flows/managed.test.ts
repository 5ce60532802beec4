/** All requests of a program's sign-in share one id in the journal, which holds none of its secrets. */
import { expect, test } from 'vitest'
import { createFlows } from '../../../emulator/account/flows.ts'
import type { EdgeFixture } from '../applications.ts'
import { team } from '../login/person.ts'
import {
  asBearer,
  callback,
  clientOf,
  codeFor,
  connected,
  endpoint,
  exchange,
  fetched,
  mcp,
  oauthWorld,
  plain,
  postForm,
  refresh,
  tokenIn,
  verifier,
} from '../oauth/application.ts'
import { entries, latestFlow, steps } from './journal.ts'

test('from discovery to revocation, and nothing of another', async () => {
  const edge = await oauthWorld()
  await edge.send(mcp, { headers: { accept: 'application/json' } })
  await fetched(edge, `https://${mcp}/.well-known/oauth-protected-resource`)
  await fetched(edge, `${team}/.well-known/oauth-authorization-server`)
  const id = await clientOf(edge)
  const code = await codeFor(edge, id, { state: 'first' })
  const answer = await exchange(edge, id, code)
  const client = { id, refresh: tokenIn(answer, 'refresh'), access: tokenIn(answer, 'access') }
  await asBearer(edge, client.access)
  const flow = await latestFlow(edge)
  const next = await refresh(edge, client)
  await codeFor(edge, id, { state: 'second' })
  const revoked = { client_id: id, token: tokenIn(next, 'refresh') }
  await postForm(edge, endpoint('revoke'), revoked)
  await edge.send(plain)
  expect(flow).toMatch(/^[0-9a-f]{16}$/)
  expect(await steps(edge, flow)).toEqual([
    ...['discovery 401', 'discovery 200', 'discovery 200', 'registration 201'],
    ...['authorization 302', 'login 200', 'login 302', 'login 200', 'login 302', 'code 302'],
    ...['token 200', 'edge 200', 'refresh 200', 'revocation 200'],
  ])
  const all = await entries(edge)
  expect(all.at(-1)).not.toHaveProperty('flow')
  const exchanged = all.find(({ flow }) => flow?.step === 'token')
  expect(exchanged?.flow).toEqual({
    id: flow,
    step: 'token',
    sent: {
      ...{ grant_type: 'authorization_code', client_id: id, redirect_uri: callback },
      ...{ code: '…', code_verifier: '…' },
    },
    answered: {
      ...{ access_token: '…', refresh_token: '…', token_type: 'bearer', scope: '' },
      ...{ expires_in: '900', resource: `https://${mcp}/` },
    },
  })
  const text = JSON.stringify(all)
  for (const secret of [code, verifier, client.access, client.refresh, revoked.token]) {
    expect(text).not.toContain(secret)
  }
  const other = all.find(({ path }) => path.includes('state=second'))?.flow?.id ?? ''
  expect(other).not.toBe(flow)
  expect((await steps(edge, other)).slice(-2)).toEqual(['login 302', 'code 302'])
  expect(await entries(edge, { flow: 'nothing' })).toEqual([])
})

test('a code that there is not is part of the flow of its verifier, or of the registration', async () => {
  const edge = await oauthWorld()
  const id = await clientOf(edge)
  const registration = await latestFlow(edge)
  await exchange(edge, id, 'nothing')
  expect(await latestFlow(edge)).toBe(registration)
  await codeFor(edge, id)
  await exchange(edge, id, 'nothing')
  const flow = await latestFlow(edge)
  expect(flow).not.toBe(registration)
  expect((await steps(edge, flow)).slice(-2)).toEqual(['code 302', 'token 400'])
})

test('a fault in the way of a step leaves it in the flow', async () => {
  const edge = await oauthWorld()
  const id = await clientOf(edge)
  const code = await codeFor(edge, id)
  await edge.emulator.control.setFaults({
    body: [{ at: 'edge.oauth_token', effect: { kind: 'status', status: 503 } }],
  })
  await exchange(edge, id, code)
  expect((await steps(edge, await latestFlow(edge))).slice(-2)).toEqual(['code 302', 'token 503'])
})

test('the same requests have the same ids in every run, and after a reset', async () => {
  const ids = async (edge: EdgeFixture) => {
    await connected(edge)
    const all = await entries(edge)
    await edge.emulator.reset()
    return all.map(({ flow }) => flow?.id)
  }
  const edge = await oauthWorld({ entropy: 'flows' })
  const first = await ids(edge)
  expect(first.at(-1)).toMatch(/^[0-9a-f]{16}$/)
  expect(await ids(edge)).toEqual(first)
  expect(await ids(await oauthWorld({ entropy: 'flows' }))).toEqual(first)
})

test('what leads to a flow is bounded, the oldest forgotten first', () => {
  const flows = createFlows(2)
  for (const each of ['a', 'b', 'c']) flows.lead(each, `flow of ${each}`)
  const found = ['a', 'b', 'c', undefined].map(flows.ledBy)
  expect(found).toEqual([undefined, 'flow of b', 'flow of c', undefined])
  expect([flows.next('x'), flows.next('x'), flows.next('y')]).toEqual([1, 2, 1])
  flows.clear()
  expect([flows.ledBy('c'), flows.next('x')]).toEqual([undefined, 1])
})
