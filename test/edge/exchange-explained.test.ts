/** The exchange's responses can be explained like the gate's: by ray, and in the access logs. */
import { describe, expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import {
  app,
  everyone,
  hosts,
  type Pair,
  pairs,
  policy,
  type Sending,
  sharedEdge,
  team,
} from './applications.ts'

const open = 'open.example.com'
const path = '/cdn-cgi/access/service/auth'
const stranger: Pair = { client_id: `${'9'.repeat(32)}.access`, client_secret: 'cfast_none' }

const edge = sharedEdge({ applications: [app(open, [policy('bypass', everyone)])] })

async function exchange(host: string, sending: Sending) {
  const { status, headers } = await edge().send(host, { method: 'POST', path, ...sending })
  const ray = String(headers['cf-ray'])
  const [entry] = (await edge().emulator.control.readJournal({ query: { ray } })).result
  const logs = await edge().api(api.accessLogs.list)
  return {
    status,
    entry,
    explained: await edge().emulator.control.explain({ body: { ray } }),
    logged: logs
      .filter(({ ray_id }) => ray_id === ray.slice(0, 16))
      .map(({ allowed, connection }) => ({ allowed, connection })),
  }
}

describe('a POST to the exchange', () => {
  test('that gives a token reports the policy', async () => {
    const { status, entry, explained, logged } = await exchange(hosts.M, { pair: pairs.named })
    expect(status).toBe(200)
    expect(entry).toMatchObject({ operation: 'edge.service_auth', verdict: 'pass', status: 200 })
    expect(explained).toMatchObject({
      verdict: 'pass',
      application: { domain: hosts.M },
      trail: entry?.trail,
      would_pass_if: [],
    })
    expect(entry?.trail).toContainEqual(expect.objectContaining({ reason: 'admits' }))
    expect(logged).toEqual([{ allowed: true, connection: 'service_token' }])
  })

  test('on the team domain counts for the application that it names', async () => {
    const query = `?aud=${edge().aud(hosts.P)}`
    const { explained } = await exchange(team, { pair: pairs.named, path: path + query })
    expect(explained).toMatchObject({ verdict: 'pass', application: { domain: hosts.P } })
  })

  test('by a token that no policy names says what would pass', async () => {
    const { status, explained, logged } = await exchange(hosts.M, { pair: pairs.unnamed })
    expect(status).toBe(403)
    expect(explained).toMatchObject({
      verdict: 'deny',
      reason: 'not_authorized',
      trail: expect.arrayContaining([expect.objectContaining({ reason: 'other_service_token' })]),
    })
    expect(explained.would_pass_if.join('\n')).toMatch(/"unnamed"/)
    expect(logged).toEqual([{ allowed: false, connection: 'service_token' }])
  })

  test.each([
    ['wrong_secret', { ...pairs.named, client_secret: 'cfast_wrong' }, /secret/],
    ['unknown', stranger, /./],
    ['disabled', pairs.disabled, /./],
  ] as const)('by a pair that is %s tells so', async (reason, pair, advice) => {
    const { status, explained, logged } = await exchange(hosts.M, { pair })
    expect(status).toBe(401)
    expect(explained.verdict).toBe('deny')
    expect(explained.trail).toContainEqual({ stage: 'credentials', outcome: 'no_match', reason })
    expect(explained.would_pass_if.join('\n')).toMatch(advice)
    expect(logged).toEqual([{ allowed: false, connection: undefined }])
  })

  test('where a policy bypasses Access is no authentication', async () => {
    const good = await exchange(open, { pair: pairs.named })
    expect(good.explained).toMatchObject({ verdict: 'pass', application: { domain: open } })
    expect([good.status, good.logged]).toEqual([403, []])
    const none = await exchange(open, {})
    expect(none.explained).toMatchObject({ verdict: '401', application: null })
    expect([none.status, none.logged]).toEqual([401, []])
  })

  test('for no particular application reports only the status', async () => {
    const { status, explained } = await exchange(team, { pair: pairs.named })
    expect(status).toBe(400)
    expect(explained).toMatchObject({ verdict: '400', application: null, trail: [] })
  })
})
