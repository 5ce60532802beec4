import { expect, test } from 'cloudflare-access-emulator/vitest'

/** The code under test: a deployment that calls an API behind Access with a service token. */
async function readStatus(fetch, url, headers) {
  const answer = await fetch(url, { headers, redirect: 'manual' })
  if (answer.status !== 200) throw Object.assign(new Error('Could not reach the API'), { answer })
  return answer
}

/** Creates an application on `api.` in the test's zone, which admits one service token. */
async function protectedApi({ account, emulator, fetch }) {
  const post = async (path, body) => {
    const answer = await fetch(`${emulator.url}/client/v4/accounts/${account.id}/access/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${account.api_token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    })
    return (await answer.json()).result
  }
  const token = await post('service_tokens', { name: 'deployment' })
  const host = `api.${account.zones[0].name}`
  await post('apps', {
    type: 'self_hosted',
    name: 'API',
    domain: host,
    policies: [
      {
        name: 'Deployments',
        decision: 'non_identity',
        include: [{ service_token: { token_id: token.id } }],
      },
    ],
  })
  return {
    url: `https://${host}/`,
    headers: {
      'CF-Access-Client-Id': token.client_id,
      'CF-Access-Client-Secret': token.client_secret,
    },
  }
}

test('a service token that the policy includes reaches the API', async ({ account, emulator, fetch }) => {
  const { url, headers } = await protectedApi({ account, emulator, fetch })
  expect(await readStatus(fetch, url, headers)).toBeAllowedByAccess()
})

test('a wrong secret is refused, and named as the cause', async ({ account, emulator, fetch }) => {
  const { url, headers } = await protectedApi({ account, emulator, fetch })
  const wrong = { ...headers, 'CF-Access-Client-Secret': 'old' }
  const { answer } = await readStatus(fetch, url, wrong).catch((error) => error)
  expect(answer).toBeDeniedByAccess()
  await expect(answer).toBeDeniedBecause('token-wrong-secret')
})

test('a service token is refused after a year', async ({ account, clock, emulator, fetch }) => {
  const { url, headers } = await protectedApi({ account, emulator, fetch })
  await clock.advance(366 * 24 * 60 * 60)
  await expect(await fetch(url, { headers })).toBeDeniedBecause('token-expired')
})

test('a policy that requires an IP address refuses other addresses', async ({ fetch, modes }) => {
  const { request } = await modes.set('policy-require-fails')
  const { answer } = await readStatus(fetch, request.url, request.headers).catch((error) => error)
  await expect(answer).toBeDeniedBecause('policy-require-fails')
})
