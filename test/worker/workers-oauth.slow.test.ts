/** An MCP server in a real Worker, whose people sign in through a SaaS application of Access. */
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { describe, expect, test } from 'vitest'
import { browser, type Page } from '../edge/login/browser.ts'
import { ada, stranger } from '../edge/login/person.ts'
import { callback, signedIn } from '../edge/oauth/application.ts'
import { Memory, whoami } from '../edge/oauth/mcp-client.ts'
import { installed, type Running, startWorkersOauth } from './running.ts'

/** A browser that reaches the Worker on its own address, and everything else through the emulator. */
function personAt({ fetch: toEmulator, url }: Running) {
  return browser({
    fetch: (to, init) => (String(to).startsWith(`${url}/`) ? fetch : toEmulator)(to, init),
  })
}

/** An MCP client that was refused and has registered, and where it sends its user. */
async function clientOf({ url }: Running) {
  const authProvider = new Memory()
  const transport = () => new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { authProvider })
  const refused = transport()
  await expect(whoami(refused)).rejects.toThrow('Unauthorized')
  const { sentTo } = authProvider
  if (sentTo === undefined) throw new Error('the SDK did not open the authorization endpoint')
  return { transport, sentTo, finish: (code: string) => refused.finishAuth(code) }
}

/** From the consent page to the client's callback, or to the page that ends the sign-in. */
async function consented(worker: Running, sentTo: URL, email = ada): Promise<Page> {
  const person = personAt(worker)
  const consent = await person.get(sentTo)
  expect(consent.text).toContain('<strong>The MCP SDK</strong>')
  const approved = await person.submit(consent, { decision: 'approve' })
  const end = await signedIn(person, approved, email)
  return end.location?.origin === worker.url ? person.get(end.location) : end
}

describe('A Worker with Access as its OpenID provider', () => {
  test('gives the MCP client of a person a token, and its tool knows who that is', async () => {
    if (!installed()) return
    const worker = await startWorkersOauth()
    const { transport, sentTo, finish } = await clientOf(worker)
    expect(sentTo.href).toMatch(new RegExp(`^${worker.url}/authorize\\?`))
    const { location } = await consented(worker, sentTo)
    expect(location?.href.split('?')[0]).toBe(callback)
    await finish(location?.searchParams.get('code') ?? '')
    expect(await whoami(transport())).toBe(ada)
  })

  test('gets nothing for a person whom no policy admits, and takes no sign-in of another browser', async () => {
    if (!installed()) return
    const worker = await startWorkersOauth()
    const { sentTo } = await clientOf(worker)
    const denied = await consented(worker, sentTo, stranger)
    expect([denied.status, denied.location]).toEqual([403, undefined])
    expect(denied.text).toContain('does not have access')

    const person = personAt(worker)
    const consent = await person.get(sentTo)
    expect(consent.headers.get('x-frame-options')).toBe('DENY')
    const posted = await personAt(worker).submit(consent, { decision: 'approve' })
    expect([posted.status, posted.location]).toEqual([400, undefined])
    const approved = await person.submit(consent, { decision: 'approve' })
    const { location } = await signedIn(person, approved)
    const stolen = await personAt(worker).get(location ?? '')
    expect([stolen.status, stolen.location]).toEqual([400, undefined])
    expect((await person.get(location ?? '')).location?.searchParams.has('code')).toBe(true)
  })

  test('says what Access has against its client secret', async () => {
    if (!installed()) return
    const worker = await startWorkersOauth({ ACCESS_CLIENT_SECRET: 'not the secret' })
    const { sentTo } = await clientOf(worker)
    const { location } = await consented(worker, sentTo)
    expect(location?.href.split('?')[0]).toBe(callback)
    expect(Object.fromEntries(location?.searchParams ?? [])).toMatchObject({
      error: 'server_error',
      error_description: 'Access: invalid_client, The client secret is wrong',
      state: 'a state of the client',
    })
  })
})
