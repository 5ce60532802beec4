/** The transfer of tokens to cloudflared is one flow in the journal, from the first poll to the token at the edge. */
import { expect, test } from 'vitest'
import { edgeFixture, hosts } from '../applications.ts'
import { approved, program } from '../cloudflared/program.ts'
import { browser } from '../login/browser.ts'
import { last, signIn, team } from '../login/person.ts'
import { entries, latestFlow, page, steps } from './journal.ts'

const unheld = { behaviours: { 'transfer.hold_seconds': 0 } } as const

test('from the polls to the application', async () => {
  const edge = await edgeFixture(unheld)
  const cli = program(edge)
  const metadata = { 'cf-access-metadata-request': 'true' }
  await edge.send(hosts.P, { method: 'HEAD', headers: metadata })
  await cli.poll()
  await cli.poll()
  const flow = await latestFlow(edge)
  const waiting = await page(edge, `/flows/${flow}`)
  expect(waiting.text).toContain(
    '<b class="turn">Waiting at token</b>: The person has not approved yet.',
  )
  expect(waiting.text).toContain('the last of 2')
  const person = browser(edge.emulator)
  await approved(person, last(await signIn(person, cli.approvalOf(`https://${hosts.P}/`))))
  expect((await page(edge, `/flows/${flow}`)).text).toContain(
    '<b class="turn">Waiting at approval</b>: The program has not fetched its tokens yet.',
  )
  const { app_token } = cli.tokensIn(await cli.poll())
  await edge.send(hosts.P, { headers: { 'cf-access-token': app_token } })
  expect(await steps(edge, flow)).toEqual([
    ...['discovery 302', 'token 404', 'token 404', 'authorization 302'],
    ...['login 200', 'login 302', 'login 200', 'login 302', 'login 302', 'authorization 200'],
    ...['approval 200', 'token 200', 'edge 200'],
  ])
  const sign = { public_key: 'a key', jwt: app_token, issuer: team }
  await edge.send(new URL(team).hostname, {
    method: 'POST',
    path: '/cdn-cgi/access/cert_sign',
    body: JSON.stringify(sign),
  })
  expect((await page(edge, `/flows/${flow}`)).text).toContain('<b class="bad">Stopped at token</b>')
  await edge.send(hosts.P, { headers: { 'cf-access-token': app_token } })
  const { text } = await page(edge, `/flows/${flow}`)
  expect(text).toContain('<h1>Transfer to cloudflared</h1>')
  expect(text).toContain('<b class="good">Done</b>: The edge admits the token of the client.')
  for (const said of [text, JSON.stringify(await entries(edge))]) {
    expect(said).not.toContain(app_token)
  }
})

test('the login of a browser that no program asked for is in no flow', async () => {
  const edge = await edgeFixture()
  await signIn(browser(edge.emulator), `https://${hosts.P}/`)
  expect((await entries(edge)).filter(({ flow }) => flow !== undefined)).toEqual([])
  expect((await page(edge, '/flows')).text).toContain('No sign-ins by programs yet')
  expect((await page(edge, '/flows')).text).toContain('No sign-ins by programs yet.')
})
