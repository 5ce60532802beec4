import { describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { fresh, other, team, useApi } from '../support/api.ts'

const api = useApi({ resets: false })

const apps = `/accounts/${team.id}/access/apps`
const key = { 'x-auth-key': team.api_key, 'x-auth-email': team.email }
const bare = (code: number, message: string) => ({ success: false, errors: [{ code, message }] })
const chain = (code: number, message: string) => ({
  success: false,
  errors: [{ code: 6003, message: 'Invalid request headers', error_chain: [{ code, message }] }],
  messages: [],
  result: null,
})
const noCredentials = bare(9106, 'Missing X-Auth-Key, X-Auth-Email or Authorization headers')
const badToken = chain(6111, 'Invalid format for Authorization header')
const foreign = bare(9109, 'Unauthorized to access requested resource')

describe('a request that may not pass is refused in the words of the gateway', () => {
  test.each([
    ['no credentials', {}, 400, noCredentials],
    ['another scheme than Bearer', { authorization: 'Basic dTpw' }, 400, noCredentials],
    ['a token with a space', { authorization: 'Bearer two words' }, 400, badToken],
    ['a token in quotes', { authorization: `Bearer "${team.api_token}"` }, 400, badToken],
    [
      'a well-formed but unknown token',
      { authorization: 'Bearer nobody-has-this-token-0000000000000000' },
      403,
      bare(10000, 'Authentication error'),
    ],
    [
      'a malformed key',
      { ...key, 'x-auth-key': 'not hex' },
      400,
      chain(6103, 'Invalid format for X-Auth-Key header'),
    ],
    [
      'a key without an e-mail',
      { 'x-auth-key': team.api_key },
      400,
      chain(6102, 'Invalid format for X-Auth-Email header'),
    ],
    [
      'another user’s key',
      { ...key, 'x-auth-email': 'somebody@example.net' },
      403,
      bare(10001, 'Unable to authenticate request'),
    ],
  ])('%s', async (_what, headers, status, body) => {
    const answer = await api.send('GET', apps, { token: null, headers })
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual(body)
  })
})

test.each([
  ['the key and e-mail', { token: null, headers: key }],
  ['a bad token beside a good key', { token: 'nobody-has-this-token', headers: key }],
  ['a good token beside a bad key', { headers: { ...key, 'x-auth-key': '0'.repeat(37) } }],
])('%s are enough', async (_what, sending) => {
  expect((await api.send('GET', apps, sending)).status).toBe(200)
})

test.each([
  ['account', `/accounts/${other.id}/access/apps`],
  ['account outside Access', `/accounts/${other.id}`],
  ['zone', `/zones/${other.zones[0]?.id}/access/apps`],
  ['zone outside Access', `/zones/${other.zones[0]?.id}`],
  ['account that does not exist', `/accounts/${'0'.repeat(32)}/access/apps`],
])('a token does not reach another %s', async (_what, path) => {
  const answer = await api.send('GET', path)
  expect(answer.status).toBe(403)
  expect(answer.body).toEqual(foreign)
})

test('credentials are looked at before the body and the route', async () => {
  const sending = {
    token: null,
    body: '{"half',
    headers: { 'content-type': 'application/json' },
  }
  expect((await api.send('POST', apps, sending)).body).toEqual(noCredentials)
  expect(
    (
      await api.send('POST', apps, {
        token: null,
        body: 'plain',
        headers: { 'content-type': 'text/plain' },
      })
    ).body,
  ).toEqual(noCredentials)
  expect((await api.send('GET', '/no/such/route', { token: null })).body).toEqual(noCredentials)
})

describe('GET /user/tokens/verify', () => {
  const { user, account } = contract.tokenVerify

  test.each([user, account])('says that a good token is active ($id)', async (endpoint) => {
    const { body, status } = await api.call(endpoint)
    expect(status).toBe(200)
    expect(body).toEqual({
      result: { id: expect.stringMatching(/^[0-9a-f]{32}$/), status: 'active' },
      success: true,
      errors: [],
      messages: [{ code: 10000, message: 'This API Token is valid and active', type: null }],
    })
  })

  test('gives each token its own id', async () => {
    const ours = await api.ok(user)
    expect(await api.ok(user)).toEqual(ours)
    expect((await api.ok(user, { as: other })).id).not.toBe(ours.id)
  })

  test.each([
    ['an unknown token', { token: 'nobody-has-this-token' }, 401, 1000, 'Invalid API Token'],
    ['a key', { token: null, headers: key }, 400, 1001, 'Missing "Authorization" header'],
    [
      'a bad key',
      { token: null, headers: { ...key, 'x-auth-email': 'a@example.net' } },
      400,
      1001,
      'Missing "Authorization" header',
    ],
    ['no credentials', { token: null }, 400, 9106, noCredentials.errors[0]?.message],
  ])('answers %s in its own words', async (_what, sending, status, code, message) => {
    const answer = await api.send('GET', '/user/tokens/verify', sending)
    expect(answer.status).toBe(status)
    expect(answer.body.errors).toEqual([{ code, message }])
  })
})

describe('an account without an organization', () => {
  test.each([
    ['GET', 'apps'],
    ['POST', 'service_tokens'],
    ['GET', 'organizations'],
    ['PUT', 'organizations'],
    ['GET', 'keys'],
  ] as const)('answers %s /access/%s with 9999', async (method, path) => {
    const answer = await api.send(method, `/accounts/${fresh.id}/access/${path}`, {
      token: fresh.api_token,
    })
    expect(answer.status).toBe(403)
    expect(answer.body).toEqual({
      result: null,
      success: false,
      errors: [
        { code: 9999, message: expect.stringMatching(/^access\.api\.error\.not_enabled: /) },
      ],
      messages: [],
    })
  })
})
