/** A token is given again within its second; whatever it is made of must end that. */
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { edgeWorld, hosts, pairs, startSeconds } from './applications.ts'

const claim = async (token: Promise<string>) => decodeJwt(await token)

test('the clock stands, and the token is the same', async () => {
  const world = await edgeWorld()
  expect(await world.tokenFor(hosts.M)).toBe(await world.tokenFor(hosts.M))
  const { cookies } = await world.send(hosts.M, { pair: pairs.named })
  expect(cookies).toEqual((await world.send(hosts.M, { pair: pairs.named })).cookies)
})

test('a second later it is dated a second later', async () => {
  const world = await edgeWorld()
  expect((await claim(world.tokenFor(hosts.M))).iat).toBe(startSeconds)
  await world.advance(1)
  expect((await claim(world.tokenFor(hosts.M))).iat).toBe(startSeconds + 1)
})

test('a behaviour that changes its claims or its cookie counts at once', async () => {
  const world = await edgeWorld()
  const cookieOf = async () => (await world.send(hosts.M, { pair: pairs.named })).cookies[0]
  const before = await cookieOf()
  await world.emulator.control.setBehaviours({
    body: { 'service_token_jwt.aud': 'array', 'cookie.service_token_http_only': true },
  })
  expect((await claim(world.tokenFor(hosts.M))).aud).toEqual([world.aud(hosts.M)])
  const bent = await cookieOf()
  expect([before?.includes('HttpOnly'), bent?.includes('HttpOnly')]).toEqual([false, true])
})

test('another key signs after a rotation, and a later date follows a revocation', async () => {
  const world = await edgeWorld()
  const before = await world.tokenFor(hosts.M)
  await world.api(api.applications.revokeTokens, { params: { app_id: world.id(hosts.M) } })
  expect((await claim(world.tokenFor(hosts.M))).iat).toBe(startSeconds + 1)
  await world.api(api.keys.rotate)
  const { kid } = decodeProtectedHeader(await world.tokenFor(hosts.M))
  expect(kid).not.toBe(decodeProtectedHeader(before).kid)
})

test('each application and each service token has its own', async () => {
  const world = await edgeWorld()
  const tokens = [hosts.M, hosts.T, hosts.P].map((host) => world.tokenFor(host))
  expect(new Set(await Promise.all(tokens)).size).toBe(3)
})

test('a fault acts as often as it says, and ends with it', async () => {
  const world = await edgeWorld()
  const honest = await world.tokenFor(hosts.M)
  await world.emulator.control.setFaults({
    body: [
      { at: 'token.issue', effect: { kind: 'claims', set: { iss: 'https://other' } }, times: 1 },
    ],
  })
  expect((await claim(world.tokenFor(hosts.M))).iss).toBe('https://other')
  expect(await world.tokenFor(hosts.M)).toBe(honest)
  await world.emulator.control.setFaults({ body: [] })
  expect(await world.tokenFor(hosts.M)).toBe(honest)
})
