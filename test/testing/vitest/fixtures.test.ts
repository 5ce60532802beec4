/** The entry `./vitest`, used as a consumer would. */
import { expect, test } from '../../../emulator/testing/vitest.ts'

const refusal = (run: () => unknown) =>
  Promise.resolve()
    .then(run)
    .then(
      () => 'passed',
      (error: Error) => error.message,
    )

test('a host is open until an application covers it', async ({ account, emulator, fetch }) => {
  const host = `app.${account.zones[0]?.name}`
  const open = await fetch(`https://${host}/`)
  expect(open).toBeAllowedByAccess()
  expect(open).not.toBeDeniedByAccess()

  const created = await fetch(`${emulator.url}/client/v4/accounts/${account.id}/access/apps`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${account.api_token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ type: 'self_hosted', domain: host }),
  })
  expect(created.status).toBe(201)
  const refused = await fetch(`https://${host}/`)
  expect(refused).not.toBeAllowedByAccess()
  expect(refused).toBeDeniedByAccess()
  await expect(refused).toBeDeniedBecause('policy-missing')
  await expect(refused).toBeDeniedBecause('no_policy')
  await expect(refused).not.toBeDeniedBecause('policy-require-fails')
  expect(await refusal(() => expect(refused).toBeDeniedByAccess())).toBe('passed')
  expect(await refusal(() => expect(open).toBeDeniedByAccess())).toContain(
    'let the request through',
  )
})

test('each test has its own account', async ({ account, emulator }) => {
  const accounts = emulator.accounts()
  expect(accounts.map(({ id }) => id)).toEqual([account.id])
  expect(account.applications).toEqual([])
})

test('a failure mode is set, proved and ended in the account of the test', async ({
  fetch,
  modes,
}) => {
  const { request } = await modes.set('policy-require-fails')
  const ask = () => fetch(request.url, { headers: request.headers, redirect: 'manual' })
  const refused = await ask()
  await expect(refused).toBeDeniedBecause('policy-require-fails')
  const message = await refusal(() => expect(refused).toBeDeniedBecause('policy-exclude-matches'))
  expect(message).toContain('Known causes: policy-require-fails')
  expect(message).toContain('include.0.service_token: match, matches')
  expect(message).toContain('It would pass if you send the request from an address in 192.0.2.0/24')

  await modes.end('policy-require-fails')
  expect(await ask()).toBeAllowedByAccess()
})

test('a redirect to the login is a refusal, followed or not', async ({ fetch, modes }) => {
  const { request } = await modes.set('token-expired')
  const followed = await fetch(request.url, { headers: request.headers })
  expect(followed.status).toBe(200)
  expect(followed).toBeDeniedByAccess()
  expect(await refusal(() => expect(followed).toBeAllowedByAccess())).toContain('fetch followed')
  const because = await refusal(() => expect(followed).toBeDeniedBecause('token-expired'))
  expect(because).toContain("redirect: 'manual'")
})

test('a mode that a test leaves set', async ({ modes }) => {
  await modes.set('policy-require-fails')
})
test('is not set in the next one', async ({ modes }) => {
  await modes.set('policy-require-fails')
})

test('a fault before Access is the cause, though Access denied nothing', async ({
  fetch,
  modes,
}) => {
  const { request } = await modes.set('waf-block')
  const answer = await fetch(request.url, { headers: request.headers })
  expect(answer).not.toBeDeniedByAccess()
  await expect(answer).toBeDeniedBecause('waf-block')
})

test('an admitted request has no cause', async ({ fetch, modes }) => {
  const { request } = await modes.set('exchange-no-cookie')
  const answer = await fetch(request.url, { headers: request.headers })
  expect(answer).toBeAllowedByAccess()
  await expect(answer).not.toBeDeniedBecause('token-wrong-secret')
})

test('if several causes look the same, none is claimed or excluded', async ({ fetch, modes }) => {
  const { request } = await modes.set('token-single-header-off')
  const answer = await fetch(request.url, { headers: request.headers, redirect: 'manual' })
  expect(answer).toBeDeniedByAccess()
  const claimed = await refusal(() => expect(answer).toBeDeniedBecause('token-single-header-off'))
  const excluded = await refusal(() => expect(answer).not.toBeDeniedBecause('jwt-revoked'))
  expect(claimed).toMatch(/does not prove a single cause[\s\S]*Verdict: deny/)
  expect(excluded).toBe(claimed)
})

test('an application token that is refused is the cause by what is wrong with it', async ({
  fetch,
  modes,
}) => {
  const { request } = await modes.set('jwt-without-binding-cookie')
  const answer = await fetch(request.url, { headers: request.headers, redirect: 'manual' })
  await expect(answer).toBeDeniedBecause('jwt-without-binding-cookie')
  await expect(answer).not.toBeDeniedBecause('jwt-expired')
})

test('the 401 of Managed OAuth is a refusal, though its challenge is Bearer', async ({
  fetch,
  modes,
}) => {
  const { request } = await modes.set('answer-401-managed-oauth')
  const { method, headers } = request
  const refused = await fetch(request.url, { method, headers, redirect: 'manual' })
  expect(refused.status).toBe(401)
  expect(refused).toBeDeniedByAccess()
  expect(refused).not.toBeAllowedByAccess()
})

test('an answer that no fixture fetched is refused, and one without a ray', async ({
  emulator,
}) => {
  const because = (answer: Response) =>
    refusal(() => expect(answer).not.toBeDeniedBecause('policy-missing'))
  expect(await because(new Response(''))).toContain('takes a response from the fixture')
  const health = await emulator.fetch(`${emulator.url}/__access/health`)
  expect(await because(health)).toContain('No account of the emulator remembers')
})

test('the clock stops, advances and is released', async ({ clock }) => {
  await clock.freeze('2031-01-01T00:00:00Z')
  await clock.advance(90)
  expect(await clock.now()).toBe('2031-01-01T00:01:30.000Z')
  await clock.real()
  expect(await clock.now()).not.toMatch(/^2031/)
  await clock.freeze()
  const at = await clock.now()
  expect(await clock.now()).toBe(at)
  await clock.freeze('2031-01-01T00:00:00Z')
})
test('the clock is free again in the next test', async ({ emulator }) => {
  expect((await emulator.control.getClock()).mode).toBe('real')
})
