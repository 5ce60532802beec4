/** Within the same second the same token is issued again, unless anything it depends on has changed. */
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { edgeFixture, hosts, pairs, startSeconds } from './applications.ts'

const claim = async (token: Promise<string>) => decodeJwt(await token)

test('with a frozen clock the token is the same', async () => {
  const edge = await edgeFixture()
  expect(await edge.tokenFor(hosts.M)).toBe(await edge.tokenFor(hosts.M))
  const { cookies } = await edge.send(hosts.M, { pair: pairs.named })
  expect(cookies).toEqual((await edge.send(hosts.M, { pair: pairs.named })).cookies)
})

test('a second later it is dated a second later', async () => {
  const edge = await edgeFixture()
  expect((await claim(edge.tokenFor(hosts.M))).iat).toBe(startSeconds)
  await edge.advance(1)
  expect((await claim(edge.tokenFor(hosts.M))).iat).toBe(startSeconds + 1)
})

test('a behaviour that changes its claims or its cookie counts at once', async () => {
  const edge = await edgeFixture()
  const cookieOf = async () => (await edge.send(hosts.M, { pair: pairs.named })).cookies[0]
  const before = await cookieOf()
  await edge.emulator.control.setBehaviours({
    body: { 'service_token_jwt.aud': 'array', 'cookie.service_token_http_only': true },
  })
  expect((await claim(edge.tokenFor(hosts.M))).aud).toEqual([edge.aud(hosts.M)])
  const bent = await cookieOf()
  expect([before?.includes('HttpOnly'), bent?.includes('HttpOnly')]).toEqual([false, true])
})

test('another key signs after a rotation, and a later date follows a revocation', async () => {
  const edge = await edgeFixture()
  const before = await edge.tokenFor(hosts.M)
  await edge.api(api.applications.revokeTokens, { params: { app_id: edge.id(hosts.M) } })
  expect((await claim(edge.tokenFor(hosts.M))).iat).toBe(startSeconds + 1)
  await edge.api(api.keys.rotate)
  const { kid } = decodeProtectedHeader(await edge.tokenFor(hosts.M))
  expect(kid).not.toBe(decodeProtectedHeader(before).kid)
})

test('each application and each service token has its own', async () => {
  const edge = await edgeFixture()
  const tokens = [hosts.M, hosts.T, hosts.P].map((host) => edge.tokenFor(host))
  expect(new Set(await Promise.all(tokens)).size).toBe(3)
})

test('a fault acts as often as it says, and ends with it', async () => {
  const edge = await edgeFixture()
  const honest = await edge.tokenFor(hosts.M)
  await edge.emulator.control.setFaults({
    body: [
      { at: 'token.issue', effect: { kind: 'claims', set: { iss: 'https://other' } }, times: 1 },
    ],
  })
  expect((await claim(edge.tokenFor(hosts.M))).iss).toBe('https://other')
  expect(await edge.tokenFor(hosts.M)).toBe(honest)
  await edge.emulator.control.setFaults({ body: [] })
  expect(await edge.tokenFor(hosts.M)).toBe(honest)
})
