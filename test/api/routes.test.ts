/** Which spellings of a path lead to an operation. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root, team, useApi } from '../support/api.ts'
import { openWire, type Wire } from '../support/wire.ts'

const api = useApi({ resets: false })
let wire: Wire
beforeAll(async () => {
  wire = openWire(api.emulator.url)
  await api.send('POST', `${access}/tags`, { body: { name: 'a b/c' } })
})
afterAll(() => wire.close())

const access = `/accounts/${team.id}/access`

async function send(method: string, path: string) {
  const headers = [['authorization', `Bearer ${team.api_token}`]] as const
  const { status, body } = await wire.send({
    method,
    path: root + path,
    host: 'localhost',
    headers,
  })
  const { result, errors = [] } = body.length === 0 ? {} : JSON.parse(body.toString())
  return { status, name: result?.name, code: errors[0]?.code, message: errors[0]?.message }
}

describe('an operation is found', () => {
  test.each([
    ['with a slash at the end', 'GET', `${access}/tags/a%20b%2Fc/`],
    ['in any case of its fixed parts', 'GET', `/Accounts/${team.id}/ACCESS/Tags/a%20b%2Fc`],
    ['with a query', 'GET', `${access}/tags/a%20b%2Fc?x=/tags/other`],
  ])('%s', async (_, method, path) => {
    expect(await send(method, path)).toMatchObject({ status: 200, name: 'a b/c' })
  })

  test('by HEAD where there is a GET, without a body', async () => {
    expect(await send('HEAD', `${access}/tags/a%20b%2Fc`)).toEqual({ status: 200 })
    expect((await send('HEAD', `${access}/tags/other`)).status).toBe(404)
  })
})

describe('no operation is found', () => {
  test.each([
    ['with two slashes at the end', 'GET', `${access}/tags//`],
    ['with an empty part', 'GET', `//accounts/${team.id}/access/tags`],
    ['by a method that it does not have', 'PATCH', `${access}/tags`],
    ['in a place whose id has another form', 'GET', '/accounts/x/access/tags'],
  ])('%s', async (_, method, path) => {
    expect(await send(method, path)).toMatchObject({ status: 404, code: 7003 })
  })

  test('with a malformed escape, which is told', async () => {
    const answer = await send('GET', `${access}/tags/%zz`)
    expect(answer).toMatchObject({
      status: 400,
      message: expect.stringContaining('the request could not be read'),
    })
  })
})

test('the first declared of two routes is taken, and the fixed one is not hidden by a parameter', async () => {
  const answer = await send('GET', `${access}/apps/ca`)
  expect(answer.status).toBe(200)
  expect((await send('GET', `${access}/apps/none`)).status).toBe(404)
})
