/** Every operation of Cloudflare's API is built or says that it is not; only unknown paths have no route. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cloudflareOperations } from '../../contracts/api/cloudflare-operations.ts'
import { operations, pathsOf } from '../../contracts/api/operations.ts'
import { root, team, useApi } from '../support/api.ts'

const api = useApi({ resets: false })

const list = readFileSync(new URL('../fixtures/cloudflare-operations.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

/** Both scopes, where a path stands for both. */
const listed = list.flatMap((line) => {
  const [method = '', path = ''] = line.split(' ')
  const either = '/{accounts_or_zones}/{account_or_zone_id}'
  const scopes = path.startsWith(either) ? ['/accounts/{account_id}', '/zones/{zone_id}'] : ['']
  const below = path.startsWith(either) ? path.slice(either.length) : path
  return scopes.map((scope) => ({ method: method.toUpperCase(), path: scope + below }))
})

const unnamed = (path: string) => path.replaceAll(/\{[^}]*\}/g, '{}')
const key = ({ method, path }: { readonly method: string; readonly path: string }) =>
  `${method} ${unnamed(path)}`
const built = new Set(
  operations.flatMap((one) => pathsOf(one).map((path) => key({ method: one.method, path }))),
)

/** With existing ids, and a placeholder for every other parameter. */
const filled = (path: string) =>
  path
    .replace('/accounts/{account_id}', `/accounts/${team.id}`)
    .replace('/zones/{zone_id}', `/zones/${team.zones[0]?.id}`)
    .replaceAll('{account_id}', team.id)
    .replaceAll('{zone_id}', team.zones[0]?.id ?? '')
    .replaceAll(/\{[^}]*\}/g, 'any')

async function ask(
  method: string,
  path: string,
  more: { readonly token?: string; readonly type?: string; readonly body?: string | Buffer } = {},
) {
  const { token = team.api_token, type, body } = more
  const answer = await fetch(`${api.emulator.url}${root}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(type && { 'content-type': type }) },
    ...(body === undefined ? {} : { body }),
  })
  const text = await answer.text()
  const error = text === '' ? undefined : JSON.parse(text).errors[0]
  return { status: answer.status, code: error?.code, message: String(error?.message) }
}

test('the table holds what the list names, no more and no less', () => {
  expect(list.length).toBe(2_560 + 7)
  const sorted = (rows: typeof listed) => rows.map(({ method, path }) => `${method} ${path}`).sort()
  expect(sorted([...cloudflareOperations()])).toEqual(sorted(listed))
})

test('each operation that is not built answers 501 and is named', { timeout: 60_000 }, async () => {
  const missing = listed.filter((one) => !built.has(key(one)))
  expect(missing.length).toBeGreaterThan(2_400)
  const wrong: string[] = []
  const seen = async ({ method, path }: (typeof listed)[number]) => {
    const { status, code, message } = await ask(method, filled(path))
    const names = unnamed(message).includes(`${method} ${unnamed(path)}`)
    if (status !== 501 || code !== 19501 || !names)
      wrong.push(`${method} ${path}: ${status} ${message}`)
  }
  for (let at = 0; at < missing.length; at += 50) {
    await Promise.all(missing.slice(at, at + 50).map(seen))
  }
  expect(wrong).toEqual([])
})

const scripts = `/accounts/${team.id}/workers/scripts/mine`

describe('an operation that is not built answers 501', () => {
  test.each([
    ['a form with a file', 'multipart/form-data; boundary=x', '--x\r\n\r\n1\r\n--x--\r\n'],
    ['text', 'application/javascript', 'export default {}'],
    ['no type', '', Buffer.from([1, 2, 3])],
    ['invalid JSON', 'application/json', '{'],
    ['more than a built one would read', 'application/json', `"${'x'.repeat(2_000_000)}"`],
  ])('to %s', async (_, type, body) => {
    expect(await ask('PUT', scripts, { type, body })).toMatchObject({ status: 501, code: 19501 })
  })

  test('to HEAD as to GET', async () => {
    expect((await ask('HEAD', `/accounts/${team.id}/workers/scripts`)).status).toBe(501)
    expect((await ask('HEAD', '/no/such/path')).status).toBe(404)
  })

  test('where a static segment stands beside a parameter that is built', async () => {
    const { status, message } = await ask('POST', `/zones/${team.zones[0]?.id}/dns_records/scan`)
    expect({ status, message }).toMatchObject({
      status: 501,
      message: expect.stringContaining('/dns_records/scan'),
    })
  })

  test('but only to authorized clients', async () => {
    expect(await ask('GET', scripts, { token: 'not-a-token-of-any-account' })).toMatchObject({
      status: 403,
      code: 10000,
    })
    const form = { type: 'multipart/form-data; boundary=x', body: '--x--' }
    expect(await ask('PUT', scripts, { token: 'odd "token"', ...form })).toMatchObject({
      status: 400,
      code: 6003,
    })
  })
})

describe('only what does not exist answers 404 7003', () => {
  test.each([
    ['an invented path', 'GET', `/accounts/${team.id}/no/such/thing`],
    ['an invented path below a real one', 'GET', `${scripts}/versions/1/no-such`],
    ['an invented root', 'POST', '/nonsense'],
    ['a method that a built path does not have', 'PATCH', `/accounts/${team.id}/access/tags/mine`],
    ['a method that another path does not have', 'DELETE', `/accounts/${team.id}/workers/scripts`],
    ['an account id that can be none', 'GET', '/accounts/mine/workers/scripts'],
    ['a zone id that can be none', 'GET', '/zones/example.com/rulesets'],
    ['an id of a built operation that can be none', 'GET', `/accounts/${team.id}/access/apps/mine`],
  ])('%s', async (_, method, path) => {
    expect(await ask(method, path)).toMatchObject({ status: 404, code: 7003 })
  })

  test('whatever the type of its body', async () => {
    const form = { type: 'multipart/form-data; boundary=x', body: '--x--' }
    expect(await ask('POST', '/nonsense', form)).toMatchObject({ status: 404, code: 7003 })
  })
})

test('a built operation still says that its body must be JSON', async () => {
  const form = { type: 'multipart/form-data; boundary=x', body: '--x--' }
  expect(await ask('POST', `/accounts/${team.id}/access/tags`, form)).toMatchObject({
    status: 400,
    message: expect.stringContaining('application/json'),
  })
})
