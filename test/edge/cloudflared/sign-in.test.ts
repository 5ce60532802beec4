/** A program's sign-in: it finds the application, a user approves, and it fetches the tokens encrypted for it. */
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import { transferHosts } from '../../../contracts/edge/cloudflared.ts'
import { app, edgeFixture, everyone, hosts, people, policy } from '../applications.ts'
import { browser } from '../login/browser.ts'
import {
  ada,
  edgeAndBrowser,
  entryOf,
  last,
  opened,
  signIn,
  stranger,
  team,
  whoIsAt,
} from '../login/person.ts'
import { approved, program } from './program.ts'

const wiki = `https://${hosts.P}/pages/1?a=b`
/** Polls come back at once. */
const unheld = { behaviours: { 'transfer.hold_seconds': 0 } } as const

describe('a program that signs in', () => {
  test('gets both tokens once a person has signed in and approved', async () => {
    const edge = await edgeFixture()
    const cli = program(edge)
    const waits = cli.poll()
    const person = browser(edge.emulator)
    const page = last(await signIn(person, cli.approvalOf(wiki)))
    expect([page.status, page.url.pathname]).toEqual([200, '/cdn-cgi/access/cli'])
    for (const said of [hosts.P, ada]) expect(page.text).toContain(`<strong>${said}</strong>`)
    const success = await approved(person, page)
    expect(success.text).toContain('You are signed in')
    const tokens = cli.tokensIn(await waits)
    expect(decodeJwt(tokens.app_token)).toMatchObject({ aud: [edge.aud(hosts.P)], email: ada })
    expect(decodeJwt(tokens.org_token ?? '')).toMatchObject({ type: 'org', iss: team, email: ada })
    const headers = { 'cf-access-token': tokens.app_token }
    const { echo } = await edge.send(hosts.P, { headers })
    expect(echo.headers['cf-access-authenticated-user-email']).toBe(ada)
  })

  test('that comes after the approval gets them as well, and only once', async () => {
    const edge = await edgeFixture(unheld)
    const cli = program(edge)
    const person = browser(edge.emulator)
    expect((await cli.poll()).status).toBe(404)
    await approved(person, last(await signIn(person, cli.approvalOf(wiki))))
    expect((await cli.poll(transferHosts[0], 'HEAD')).status).toBe(200)
    const [, fed = ''] = transferHosts
    cli.tokensIn(await cli.poll(fed))
    const over = await cli.poll()
    expect([over.status, over.text]).toEqual([404, ''])
    expect(await entryOf(edge, 'transfer.take')).toMatchObject({ host: transferHosts[0] })
  })

  test('is not asked for if the application skips it', async () => {
    const applications = [app('ssh.example.com', [people], { skip_interstitial: true })]
    const edge = await edgeFixture({ applications, ...unheld })
    const cli = program(edge)
    const person = browser(edge.emulator)
    const page = last(await signIn(person, cli.approvalOf('https://ssh.example.com/')))
    expect(page.text).toContain('You are signed in')
    expect(cli.tokensIn(await cli.poll()).app_token).toMatch(/^ey/)
  })

  test('has the page close itself where it says so, and gets no token that it did not ask for', async () => {
    const edge = await edgeFixture(unheld)
    const cli = program(edge)
    const person = browser(edge.emulator)
    const more = { close_interstitial: 'true', send_org_token: 'false' }
    const page = last(await signIn(person, cli.approvalOf(wiki, more)))
    const success = await approved(person, page)
    expect(success.text).toContain('<script>window.close()</script>')
    expect(success.headers.get('content-security-policy')?.match(/'sha256-/g)).toHaveLength(2)
    expect(Object.keys(cli.tokensIn(await cli.poll()))).toEqual(['app_token'])
  })

  test('continues to a second application with only the organization token', async () => {
    const edge = await edgeFixture({ applications: [app('ssh.example.com', [people])], ...unheld })
    const cli = program(edge)
    const person = browser(edge.emulator)
    await approved(person, last(await signIn(person, cli.approvalOf(wiki))))
    const { org_token } = cli.tokensIn(await cli.poll())
    const head = (url: URL, cookie = '') =>
      edge.send(url.hostname, {
        method: 'HEAD',
        path: url.pathname + url.search,
        headers: cookie === '' ? {} : { cookie },
      })
    const first = await head(new URL('https://ssh.example.com/'))
    const login = await head(new URL(first.headers.location ?? ''), `CF_Authorization=${org_token}`)
    const session = first.cookies[0]?.split(';')[0]
    const done = await head(new URL(login.headers.location ?? ''), session)
    expect(done.cookies[0]).toMatch(/^CF_Authorization=ey.*; Expires=/)
  })

  test('waits for nothing where the policies refuse the person', async () => {
    const edge = await edgeFixture(unheld)
    const cli = program(edge)
    const person = browser(edge.emulator)
    await signIn(person, cli.approvalOf(wiki), stranger).catch(() => undefined)
    const page = await opened(person, cli.approvalOf(wiki))
    expect(page.text).not.toContain('Approve')
    expect((await cli.poll()).status).toBe(404)
  })

  test('gets nothing if the policies now deny the signed-in user; the page says why', async () => {
    const applications = [app('ssh.example.com', [people], { name: 'Shell' })]
    const edge = await edgeFixture({ applications, ...unheld })
    const cli = program(edge)
    const person = browser(edge.emulator)
    const approval = cli.approvalOf('https://ssh.example.com/')
    await signIn(person, approval)
    const params = { app_id: edge.id('ssh.example.com') }
    const { policies = [] } = await edge.api(api.applications.get, { params })
    await edge.api(api.applicationPolicies.replace, {
      params: { ...params, policy_id: policies[0]?.id ?? '' },
      body: { name: 'Keep <out>', decision: 'deny', include: everyone },
    })
    const page = await person.get(approval)
    expect([page.status, page.headers.get('cache-control')]).toEqual([403, 'no-store'])
    expect(page.text).toContain('The deny policy &quot;Keep &lt;out&gt;&quot; applies. For more, ')
    expect(page.text).toContain((await entryOf(edge, 'edge.cli')).ray)
    expect(page.text).toContain('<a class="button" href="/">Back to ssh.example.com</a>')
    expect(page.text).not.toContain('Approve')
    expect((await cli.poll()).status).toBe(404)
  })

  test('learns that there is no token if the application requires no login', async () => {
    const applications = [app('open.example.com', [policy('bypass', everyone)])]
    const edge = await edgeFixture({ applications })
    const page = await opened(
      browser(edge.emulator),
      program(edge).approvalOf('https://open.example.com/'),
    )
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('no token to hand')])
  })

  test('finds its tokens gone after ten minutes, and after a reset', async () => {
    const { edge, person } = await edgeAndBrowser(unheld)
    await signIn(person, wiki)
    const kept = async (seconds: number) => {
      const cli = program(edge)
      await approved(person, await person.get(cli.approvalOf(wiki)))
      await edge.advance(seconds)
      return (await cli.poll()).status
    }
    expect([await kept(599), await kept(600)]).toEqual([200, 404])
    const cli = program(edge)
    await approved(person, await person.get(cli.approvalOf(wiki)))
    await edge.emulator.reset()
    expect((await cli.poll()).status).toBe(404)
  })

  test('is given the same bytes in another run with the same entropy', async () => {
    const run = async () => {
      const edge = await edgeFixture({ entropy: 'transfer', ...unheld })
      const cli = program(edge, 7)
      const person = browser(edge.emulator)
      const page = last(await signIn(person, cli.approvalOf(wiki)))
      const { text } = await approved(person, page)
      const box = await cli.poll()
      return [page.text, text, box.text, box.headers['service-public-key']]
    }
    expect(await run()).toEqual(await run())
  })
})

test('the journal says what became of a sign-in, and no entry holds a token', async () => {
  const edge = await edgeFixture(unheld)
  const cli = program(edge)
  const person = browser(edge.emulator)
  await cli.poll()
  await approved(person, last(await signIn(person, cli.approvalOf(wiki))))
  const { app_token, org_token = '' } = cli.tokensIn(await cli.poll())
  const { result } = await edge.emulator.control.readJournal({})
  const said = result.map(({ operation, why }) => `${operation}: ${why}`)
  expect(said).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^transfer.take: Nobody has approved/),
      expect.stringMatching(/^edge.cli: /),
      expect.stringMatching(/^edge.cli_approve: /),
      expect.stringMatching(/^transfer.take: Somebody has approved/),
    ]),
  )
  const text = JSON.stringify(result)
  for (const secret of [app_token, org_token]) expect(text).not.toContain(secret.slice(-40))
})

test('a user whose session is gone is asked to log in again', async () => {
  const edge = await edgeFixture()
  const cli = program(edge)
  const person = browser(edge.emulator)
  await signIn(person, wiki)
  await edge.api(api.applications.revokeTokens, { params: { app_id: edge.id(hosts.P) } })
  const page = await person.get(cli.approvalOf(wiki))
  expect([page.status, page.location?.origin]).toEqual([302, team])
  expect(whoIsAt(await person.get(wiki))).toBeUndefined()
})
