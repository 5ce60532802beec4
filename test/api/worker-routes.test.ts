import { describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { team, useApi } from '../support/api.ts'

const api = useApi()

const { create, get, list, replace } = contract.workerRoutes
const remove = contract.workerRoutes.delete
const [, secondZone] = team.zones
const pattern = 'app.example.com/*'
const make = (body: object) => api.ok(create, { body })
const paramsOf = ({ id }: { id: string }) => ({ route_id: id })

test('a route is created, read, replaced and deleted', async () => {
  const made = await make({ pattern, script: 'app' })
  expect(made).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/), pattern, script: 'app' })
  const params = paramsOf(made)
  expect(await api.ok(get, { params })).toEqual(made)
  const other = { pattern: 'app.example.com/x/*', script: 'other' }
  expect(await api.ok(replace, { params, body: other })).toEqual({ id: made.id, ...other })
  // Without a script the route keeps Workers away from what it matches.
  expect(await api.ok(replace, { params, body: { pattern } })).toEqual({ id: made.id, pattern })
  expect(await api.ok(remove, { params })).toEqual({ id: made.id })
  const gone = { status: 404, code: 10005, message: 'workers.api.error.not_found' }
  expect(await api.refused(get, { params })).toEqual(gone)
  expect(await api.refused(remove, { params })).toEqual(gone)
  expect(await api.refused(replace, { params, body: { pattern } })).toEqual(gone)
})

test('the list is complete, whatever page is requested', async () => {
  const made = [await make({ pattern }), await make({ pattern: 'example.com/*' })]
  const { body } = await api.call(list, { query: { page: 2, per_page: 1 } })
  expect(body).toEqual({ result: made, success: true, errors: [], messages: [] })
})

test('a route belongs to its zone and to no other zone of the account', async () => {
  const made = await make({ pattern })
  const path = `/zones/${secondZone?.id}/workers/routes`
  expect((await api.send('GET', path)).body.result).toEqual([])
  for (const method of ['GET', 'DELETE'] as const) {
    expect((await api.send(method, `${path}/${made.id}`)).status).toBe(404)
  }
  expect(await api.ok(list)).toEqual([made])
})

test('a pattern that another route of the zone has is a conflict, its own is not', async () => {
  const one = await make({ pattern, script: 'one' })
  const two = await make({ pattern: 'two.example.com/*' })
  const taken = { status: 409, code: 10020, message: 'workers.api.error.duplicate_route' }
  expect(await api.refused(create, { body: { pattern, script: 'two' } })).toEqual(taken)
  expect(await api.refused(replace, { params: paramsOf(two), body: { pattern } })).toEqual(taken)
  const body = { pattern, script: 'three' }
  expect(await api.ok(replace, { params: paramsOf(one), body })).toMatchObject(body)
})

describe('a pattern', () => {
  test.each([
    'example.com',
    'example.com/',
    '*example.com/*',
    '*.example.com/*',
    'https://app.example.com/path*',
    'http://App.Example.com/*',
    '*/*',
  ])('may be %s', async (one) => {
    expect(await make({ pattern: one })).toMatchObject({ pattern: one })
  })

  test.each([
    ['app.example.org/*', 'Route pattern must include zone name: app.example.org/*'],
    ['notexample.com/*', 'Route pattern must include zone name: notexample.com/*'],
    ['*ample.com/*', 'Route pattern must include zone name: *ample.com/*'],
    ['/w1', 'Route pattern must include zone name: /w1'],
    [
      'app.*.example.com/*',
      'Route pattern may only contain wildcards at the beginning of the hostname and the end of the path: app.*.example.com/*',
    ],
    [
      'example.com/*.jpg',
      'Route pattern may only contain wildcards at the beginning of the hostname and the end of the path: example.com/*.jpg',
    ],
    ['example.com/?a=*', 'Route pattern should not have query parameters example.com/?a=*'],
    [
      'example.com:8080/*',
      'Could not understand route pattern example.com:8080/*, please try a different pattern',
    ],
    ['', 'Could not understand route pattern , please try a different pattern'],
    [
      'example.com/$& x',
      'Could not understand route pattern example.com/$& x, please try a different pattern',
    ],
  ])('may not be “%s”', async (one, message) => {
    const refused = { status: 400, code: 10022, message }
    expect(await api.refused(create, { body: { pattern: one } })).toEqual(refused)
    const made = await make({ pattern })
    const params = paramsOf(made)
    expect(await api.refused(replace, { params, body: { pattern: one } })).toEqual(refused)
  })
})

test.each([{}, { pattern: 7 }, { pattern, script: 7 }])('a body %o is refused', async (body) => {
  expect(await api.refused(create, { body })).toMatchObject({ status: 400, code: 10026 })
})
