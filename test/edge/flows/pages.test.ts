/** The pages of the sign-ins by programs: the steps in order, where one stopped, what to do, and no secret. */
import { expect, test } from 'vitest'
import {
  asBearer,
  authorizationUrl,
  clientOf,
  codeFor,
  connected,
  endpoint,
  exchange,
  fetched,
  mcp,
  oauthWorld,
  postForm,
  register,
  verifier,
} from '../oauth/application.ts'
import { entries, latestFlow, page } from './journal.ts'

test('a verifier that differs: the step, the reason, and what to do', async () => {
  const edge = await oauthWorld()
  await fetched(edge, `https://${mcp}/.well-known/oauth-protected-resource`)
  const id = await clientOf(edge)
  const code = await codeFor(edge, id)
  await exchange(edge, id, code, { code_verifier: `${verifier}-other` })
  const flow = await latestFlow(edge)
  const { status, text } = await page(edge, `/flows/${flow}`)
  expect(status).toBe(200)
  expect(text).toContain(`<h1>Managed OAuth, client ${id}</h1>`)
  expect(text).toContain(
    '<b class="bad">Stopped at token</b>: code_verifier is not the one that code_challenge was made of.',
  )
  expect(text).toContain('<li>send the code_verifier of the same authorization request</li>')
  const found = [...text.matchAll(/<li><b>(\w+)<\/b> <span[^>]*>(\d+)</g)]
  expect(found.map(([, step, answered]) => `${step} ${answered}`)).toEqual([
    ...['discovery 200', 'registration 201', 'authorization 302', 'login 200', 'login 302'],
    ...['login 200', 'login 302', 'code 302', 'token 400'],
  ])
  expect(text).toContain('<code>grant_type=authorization_code</code>')
  expect(text).toContain('<code>code_verifier=…</code>')
  expect(text).toContain('<code>error=invalid_grant</code>')
  expect(text).toContain('Discovery names no authorization')
  for (const secret of [code, verifier]) expect(text).not.toContain(secret)
  const list = await page(edge, '/flows')
  expect(list.text).toContain(`<a href="/__access/flows/${flow}">Managed OAuth, client ${id}</a>`)
  expect(list.text.replace(/[\s\S]*<main>/, '').match(/<li>/g)).toHaveLength(1)
  expect((await page(edge, '')).text).toContain('<a href="/__access/flows">')
})

test('explain and the page of a request name the flow', async () => {
  const edge = await oauthWorld()
  const client = await connected(edge)
  const { headers } = await asBearer(edge, client.access)
  const ray = String(headers['cf-ray'])
  const flow = await latestFlow(edge)
  const explained = await edge.emulator.control.explain({ body: { ray } })
  expect(explained).toMatchObject({ verdict: 'pass', flow: { id: flow, step: 'edge' } })
  expect((await page(edge, `/requests/${ray}`)).text).toContain(`href="/__access/flows/${flow}"`)
  const { text } = await page(edge, `/flows/${flow}`)
  expect(text).toContain('<b class="good">Done</b>: The edge admits the token of the client.')
  await edge.advance(15 * 60)
  await asBearer(edge, client.access)
  expect((await page(edge, `/flows/${flow}`)).text).toContain(
    '<li>refresh the access token and send the new one</li>',
  )
})

test('says how many requests the journal has lost, and is not there without any', async () => {
  const edge = await oauthWorld()
  const client = await connected(edge)
  const flow = await latestFlow(edge)
  expect((await page(edge, `/flows/${flow}`)).text).not.toContain('no longer has')
  await edge.emulator.control.clearJournal()
  expect((await page(edge, `/flows/${flow}`)).status).toBe(404)
  await asBearer(edge, client.access)
  expect((await page(edge, `/flows/${flow}`)).text).toContain(
    'The journal no longer has 7 earlier requests of this flow.',
  )
})

test('a registration that is refused is a flow that stops there', async () => {
  const edge = await oauthWorld()
  await register(edge, { redirect_uris: ['https://elsewhere.test/cb'] })
  const { text } = await page(edge, `/flows/${await latestFlow(edge)}`)
  expect(text).toContain('<b class="bad">Stopped at registration</b>')
  expect(text).toContain('redirect_uri is not allowed by the account configuration')
})

test('an authorization that goes back with an error stops there', async () => {
  const edge = await oauthWorld()
  const id = await clientOf(edge)
  await fetched(edge, authorizationUrl(id, { resource: 'https://nothing.example.com/' }))
  const { text } = await page(edge, `/flows/${await latestFlow(edge)}`)
  expect(text).toContain('<b class="bad">Stopped at authorization</b>')
  expect(text).toContain('<code>error=invalid_target</code>')
})

test('no planted secret is on the page or in the journal, and what is shown is text', async () => {
  const edge = await oauthWorld()
  const planted = 'planted-8c1f2e9d4b7a6053'
  const hostile = `<script>alert(1)</script>`
  const id = await clientOf(edge, { client_name: hostile, software_statement: planted })
  await fetched(edge, authorizationUrl(id, { nonce: 'n', request: hostile }))
  const flow = await latestFlow(edge)
  await postForm(
    edge,
    endpoint('token'),
    {
      ...{ grant_type: 'authorization_code', client_id: id, code: planted },
      ...{ code_verifier: verifier, client_secret: planted, password: planted },
      redirect_uri: `http://ada:${planted}@127.0.0.1/cb?code=${planted}#access_token=${planted}`,
    },
    { 'x-secret': planted },
  )
  await postForm(edge, endpoint('token'), {
    ...{ grant_type: 'refresh_token', client_id: id, refresh_token: planted },
  })
  await asBearer(edge, `oauth:${planted}`)
  const basic = `Basic ${Buffer.from(`${id}:${planted}`).toString('base64')}`
  await edge.emulator.fetch(endpoint('token'), {
    method: 'POST',
    body: planted,
    headers: { authorization: basic, 'content-type': 'text/plain' },
  })
  expect(await latestFlow(edge)).not.toBe(flow)
  const journal = JSON.stringify(await entries(edge))
  const ids = new Set((await entries(edge)).flatMap((entry) => entry.flow?.id ?? []))
  expect(ids.size).toBeGreaterThan(1)
  expect(journal).not.toContain(planted)
  for (const each of ['', ...[...ids].map((id) => `/${id}`)]) {
    const { status, text } = await page(edge, `/flows${each}`)
    expect(status).toBe(200)
    expect(text).not.toContain(planted)
    expect(text.replace('<script src="/__access/dashboard.js" defer></script>', '')).not.toContain(
      '<script',
    )
  }
})
