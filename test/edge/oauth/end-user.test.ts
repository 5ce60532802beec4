/** An application of type `end_user`: Managed OAuth as elsewhere, for everyone who signs in (edge-end-user-admitted). */
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { app } from '../applications.ts'
import { browser } from '../login/browser.ts'
import { signIn, stranger, whoIsAt } from '../login/person.ts'
import {
  asBearer,
  authorizationUrl,
  clientOf,
  consented,
  exchange,
  fetched,
  oauth,
  oauthWorld,
  refresh,
  tokenIn,
} from './application.ts'

const customers = 'customers.example.com'
const resource = `https://${customers}/`
const world = () =>
  oauthWorld({
    applications: [
      app(customers, [], { type: 'end_user', oauth_configuration: oauth, policies: undefined }),
    ],
  })

test('is discovered, signs a stranger in, and admits their bearer until it is renewed', async () => {
  const edge = await world()
  const bare = await edge.send(customers)
  expect(bare.status).toBe(401)
  expect(bare.headers['www-authenticate']).toContain('resource_metadata=')
  const document = await fetched(edge, `${resource}.well-known/oauth-protected-resource`)
  expect([document.status, document.body.resource]).toEqual([200, resource.slice(0, -1)])
  const id = await clientOf(edge)
  const back = await consented(edge, authorizationUrl(id, { resource }), stranger)
  const answer = await exchange(edge, id, back.searchParams.get('code') ?? '')
  expect(answer.body).toMatchObject({ token_type: 'bearer', resource })
  const { status, echo } = await asBearer(edge, tokenIn(answer, 'access'), customers)
  expect([status, echo.headers['cf-access-authenticated-user-email']]).toEqual([200, stranger])
  const { aud } = decodeJwt(echo.headers['cf-access-jwt-assertion'] ?? '')
  expect(aud).toEqual([edge.aud(customers)])
  await edge.advance(901)
  expect((await asBearer(edge, tokenIn(answer, 'access'), customers)).status).toBe(401)
  const renewed = await refresh(edge, { id, refresh: tokenIn(answer, 'refresh') })
  expect((await asBearer(edge, tokenIn(renewed, 'access'), customers)).status).toBe(200)
})

test('lets a browser in after the login, and nothing in before it', async () => {
  const edge = await world()
  const person = browser(edge.emulator)
  const first = await person.get(resource, { accept: 'text/html' })
  expect(first.location?.pathname).toMatch(/^\/cdn-cgi\/access\/login\//)
  const way = await signIn(person, first.location?.href ?? '', stranger)
  const page = way.at(-1)
  expect(page && whoIsAt(page)).toBe(stranger)
  expect((await edge.send(customers, { token: 'x.y.z' })).status).toBe(401)
})
