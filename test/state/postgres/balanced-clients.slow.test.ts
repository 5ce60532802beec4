/** Programs that know nothing of replicas, against a balancer that gives each request to the next of two. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import Cloudflare, { NotFoundError } from 'cloudflare'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { type Ca, openCa } from '../../../emulator/network/tls/ca.ts'
import { createWorld } from '../../../emulator/world/world.ts'
import { folder, has } from '../../commands/run/run-program.ts'
import { openChromium, trustingHome } from '../../edge/login/chromium.ts'
import { everyItem, present } from '../../witness/official-client.ts'
import { byTurns } from './by-turns.ts'
import { databasePerTest } from './databases.ts'

const database = databasePerTest()

interface Balanced {
  readonly url: string
  readonly ca: Ca
  readonly replicas: readonly [Emulator, Emulator]
  /** How many requests each got. */
  counts(): readonly number[]
}

/** The balancer ends TLS with certificates of the authority in this folder. */
async function balanced(stateHome: string): Promise<Balanced> {
  const ca = await openCa({ stateHome, world: createWorld() })
  const start = () => createEmulator({ seed: 'example', state: database.url })
  const replicas = [await start(), await start()] as const
  const balancer = await byTurns(() => replicas.map(({ url }) => url), ca)
  onTestFinished(async () => {
    await balancer.close()
    await Promise.all(replicas.map((each) => each.close()))
  })
  return { url: balancer.url, counts: balancer.counts, ca, replicas }
}

function expectBothAsked({ counts }: Balanced, atLeast: number): void {
  const [one = 0, other = 0] = counts()
  expect(Math.abs(one - other)).toBeLessThan(2)
  expect(one + other).toBeGreaterThanOrEqual(atLeast)
}

test('Chromium signs a person in with a One-time PIN, and each request comes to the other replica', async ({
  skip,
}) => {
  if (!has('chromium', 'certutil')) return skip('there is no Chromium or certutil here')
  const home = await trustingHome()
  const place = await balanced(home)
  const tab = await openChromium({ home, proxy: place.url })
  const wiki = 'https://wiki.example.com/pages?id=7'
  const seen = async () => {
    const shown = String(await tab.value('document.body.innerText'))
    const { headers } = JSON.parse(shown) as { headers: Record<string, string> }
    return [await tab.value('location.href'), headers['cf-access-authenticated-user-email']]
  }
  await tab.open(wiki)
  expect(await tab.value('document.title')).toBe('Sign in ・ Cloudflare Access')
  await tab.enter('#email', 'ada@example.com')
  await tab.enter('#code', String(await tab.value("document.querySelector('output').textContent")))
  expect(await seen()).toEqual([wiki, 'ada@example.com'])
  await tab.reload()
  expect(await seen()).toEqual([wiki, 'ada@example.com'])
  expectBothAsked(place, 8)
  for (const { control } of place.replicas) {
    const { result } = await control.readJournal({ query: {} })
    const asked = result.filter(({ path }) => path.startsWith('/cdn-cgi/access/'))
    expect(new Set(asked.map(({ replica }) => replica)).size).toBe(2)
  }
})

test('the official client creates, reads, changes and deletes, and each request comes to the other replica', async () => {
  const place = await balanced(await folder())
  const { client, own, host } = clientOf(place)
  const { access, identityProviders } = client.zeroTrust

  const staff = { name: 'Staff', include: [{ everyone: {} }] }
  const group = await access.groups.create({ ...own, ...staff })
  const token = await access.serviceTokens.create({ ...own, name: 'Deploy' })
  const allow = {
    ...{ name: 'Staff', decision: 'allow' as const },
    include: [{ group: { id: present(group.id) } }],
  }
  const policy = await access.policies.create({ ...own, ...allow })
  const docs = {
    ...{ type: 'self_hosted' as const, domain: host },
    policies: [{ id: present(policy.id), precedence: 1 }],
  }
  const app = await access.applications.create({ ...own, ...docs, name: 'Docs' })
  const github = { type: 'github' as const, config: { client_id: 'of-the-app' } }
  const provider = await identityProviders.create({ ...own, ...github, name: 'GitHub' })

  const each = [
    {
      id: app.id,
      of: access.applications,
      rename: (id: string) => access.applications.update(id, { ...own, ...docs, name: 'Other' }),
    },
    {
      id: policy.id,
      of: access.policies,
      rename: (id: string) => access.policies.update(id, { ...own, ...allow, name: 'Other' }),
    },
    {
      id: group.id,
      of: access.groups,
      rename: (id: string) => access.groups.update(id, { ...own, ...staff, name: 'Other' }),
    },
    {
      id: token.id,
      of: access.serviceTokens,
      rename: (id: string) => access.serviceTokens.update(id, { ...own, name: 'Other' }),
    },
    {
      id: provider.id,
      of: identityProviders,
      rename: (id: string) => identityProviders.update(id, { ...own, ...github, name: 'Other' }),
    },
  ]
  // In this order, nothing that is deleted is still used by another.
  for (const { id: given, of, rename } of each) {
    const id = present(given)
    const listed = async () => (await everyItem<object>(of.list(own))).map(idAndName)
    expect(await listed()).toContainEqual({ id, name: expect.not.stringMatching('Other') })
    expect(await rename(id)).toMatchObject({ id, name: 'Other' })
    expect(await of.get(id, own)).toMatchObject({ id, name: 'Other' })
    expect(await listed()).toContainEqual({ id, name: 'Other' })
    expect(await of.delete(id, own)).toMatchObject({ id })
    await expect(of.get(id, own)).rejects.toThrow(NotFoundError)
    expect((await listed()).map((item) => item.id)).not.toContain(id)
  }
  expectBothAsked(place, 40)
})

function clientOf({ url, replicas: [{ account }] }: Balanced) {
  const client = new Cloudflare({
    baseURL: `${url}/client/v4`,
    apiToken: account.api_token,
    maxRetries: 0,
    fetch,
  })
  const own = { account_id: account.id }
  return { client, own, host: `docs.${present(account.zones[0]).name}` }
}

function idAndName(item: object): { readonly id: unknown; readonly name: unknown } {
  return { id: Reflect.get(item, 'id'), name: Reflect.get(item, 'name') }
}

test('curl, each of whose runs comes to the other replica, is let in and refused as the run before it says', async ({
  skip,
}) => {
  if (!has('curl')) return skip('there is no curl here')
  const place = await balanced(await folder())
  const { client, own, host } = clientOf(place)
  const api = `${place.url}/client/v4/accounts/${own.account_id}/access`
  const curl = async (...args: string[]) => {
    const shown = ['--silent', '--show-error', '--write-out', '\n%{http_code}']
    // Not through a proxy of this machine.
    const env = { PATH: process.env.PATH }
    const { stdout } = await promisify(execFile)('curl', ['--disable', ...shown, ...args], { env })
    const [status, ...lines] = stdout.split('\n').reverse()
    return { status: Number(status), text: lines.reverse().join('\n') }
  }
  const call = async (method: string, path: string, body?: object) => {
    const sent = body === undefined ? [] : ['--json', JSON.stringify(body)]
    const bearer = `authorization: Bearer ${place.replicas[0].account.api_token}`
    const { text } = await curl('--request', method, '--header', bearer, ...sent, api + path)
    return z.object({ result: z.record(z.string(), z.unknown()) }).parse(JSON.parse(text)).result
  }
  const token = await call('POST', '/service_tokens', { name: 'Deploy' })
  const include = [{ service_token: { token_id: token.id } }]
  const policy = { name: 'Deploy', decision: 'non_identity', include }
  const docs = { type: 'self_hosted', name: 'Docs', domain: host, policies: [policy] }
  const visit = async () => {
    const trusted = ['--proxy', place.url, '--cacert', place.ca.certPath]
    const pair = [`cf-access-client-id: ${token.client_id}`]
    pair.push(`cf-access-client-secret: ${token.client_secret}`)
    const headers = pair.flatMap((header) => ['--header', header])
    return (await curl(...trusted, ...headers, `https://${host}/`)).status
  }
  for (let round = 0; round < 5; round += 1) {
    const { id } = await call('POST', '/apps', docs)
    expect(await visit()).toBe(200)
    await call('PUT', `/apps/${id}`, { ...docs, policies: [{ ...policy, decision: 'deny' }] })
    expect(await visit()).toBe(403)
    await call('DELETE', `/apps/${id}`)
  }
  await client.zeroTrust.access.serviceTokens.delete(String(token.id), own)
  expectBothAsked(place, 26)
})
