/** What accounts, requests and people say is text on every page of the dashboard. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'

const hostile = `<img src=x onerror=alert(1)>"'&{{x}}`
const shown = '&lt;img src=x onerror=alert(1)&gt;'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({
    seed: {
      accounts: [
        {
          name: `Account ${hostile}`,
          zones: [{ name: 'example.com' }],
          organization: { name: hostile, auth_domain: 'team.cloudflareaccess.com' },
          identity_providers: [{ type: 'onetimepin', name: hostile, config: {} }],
          service_tokens: [{ name: `token ${hostile}` }],
          groups: [{ name: `group ${hostile}`, include: [{ everyone: {} }] }],
          applications: [
            {
              type: 'self_hosted',
              name: `App ${hostile}`,
              domain: 'app.example.com',
              policies: [
                {
                  name: `policy ${hostile}`,
                  decision: 'allow',
                  include: [
                    { email: { email: `${hostile}@example.com` } },
                    { group: { name: `group ${hostile}` } },
                    { okta: { name: hostile } },
                  ],
                  require: [{ email_domain: { domain: hostile } }],
                },
              ],
            },
          ],
        },
        { name: `Second ${hostile}`, zones: [{ name: 'example.org' }] },
      ],
    },
  })
  await emulator.control.createSession({
    body: { email: `${hostile}@example.com`, name: hostile, application: 'app.example.com' },
  })
})
afterAll(() => emulator.close())

const ask = async (path: string) => {
  const answer = await fetch(`${emulator.url}/__access${path}`)
  return { status: answer.status, text: await answer.text() }
}

test('on each page', async () => {
  const { fetch: visit, urlFor } = emulator
  const request = await visit(urlFor(`app.example.com/?q=${encodeURIComponent(hostile)}`), {
    redirect: 'manual',
    headers: { 'user-agent': hostile },
  })
  const ray = request.headers.get('cf-ray') ?? ''
  await emulator.control.setFaults({
    body: [{ mode: hostile, at: 'gate', effect: { kind: 'status', status: 418 } }],
  })
  await visit(urlFor('app.example.com/'))
  const q = encodeURIComponent(hostile)
  const pages: Readonly<Record<string, number>> = {
    '': 1,
    [`?host=${q}&of=${q}&account=${emulator.account.id}`]: 1,
    [`/requests/${ray}`]: 1,
    '/applications': 4,
    [`/applications?q=${q}`]: 1,
    [`/try?url=app.example.com&email=${q}&groups=${q}&country=${q}&ip=${q}&certificate=${q}`]: 4,
    [`/try?url=${q}&method=${q}&service_token=${q}`]: 1,
    [`/failure-modes?q=${q}`]: 1,
    '/inbox': 1,
    '/flows': 1,
    '/credentials': 1,
    [`/credentials?show=${q}`]: 1,
    '/settings': 1,
  }
  for (const [path, least] of Object.entries(pages)) {
    const { status, text } = await ask(path)
    expect([path, status]).toEqual([path, 200])
    expect(text, path).not.toContain('<img')
    expect(text, path).not.toMatch(/="[^"]*\sonerror=alert\(1\)>/)
    expect(text.split(shown).length - 1, path).toBeGreaterThanOrEqual(least)
  }
})

test('the sign-in page shows no path that was not one of its own', async () => {
  const answer = await fetch(`${emulator.url}/__access/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ token: hostile, to: `/__access/${hostile}` }),
  })
  expect(await answer.text()).not.toContain('<img')
})
