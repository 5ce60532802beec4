/** An emulator whose every page has something to show. */
import { createEmulator, type Emulator, type EmulatorOptions } from '../../../emulator/index.ts'

export interface FilledEmulator {
  readonly emulator: Emulator
  /** Of a denied request. */
  readonly ray: string
  /** Every page by its name, with its parameters. */
  readonly pages: Readonly<Record<string, string>>
}

export async function filledEmulator(options: EmulatorOptions = {}): Promise<FilledEmulator> {
  const at = '2026-11-27T09:30:00Z+'
  const emulator = await createEmulator({ seed: 'example', at, entropy: 'dashboard', ...options })
  const [pair] = emulator.account.service_tokens
  const visit = async (address: string, headers: Record<string, string> = {}) => {
    const answer = await emulator.fetch(emulator.urlFor(address), { headers, redirect: 'manual' })
    await answer.text()
    return answer.headers.get('cf-ray') ?? ''
  }
  const { client_id = '', client_secret = '' } = pair ?? {}
  const good = { 'CF-Access-Client-Id': client_id, 'CF-Access-Client-Secret': client_secret }
  const wrong = { 'CF-Access-Client-Id': 'a', 'CF-Access-Client-Secret': 'b' }
  for (const _ of [1, 2, 3]) await visit('machines.example.com/poll', good)
  for (const name of ['style.css', 'app.js', 'logo.svg']) {
    await visit(`machines.example.com/${name}`, good)
  }
  await visit(`wiki.example.com/${'long-'.repeat(40)}`)
  await visit('nothing.example.com/')
  const ray = await visit('machines.example.com/deploy', wrong)
  const { control } = emulator
  await control.createSession({
    body: { email: 'ada@example.com', application: 'wiki.example.com' },
  })
  await control.createSession({ body: { email: 'eve@evil.test', application: 'wiki.example.com' } })
  await control.setMode({ params: { id: 'token-expired' } })
  await control.setBehaviours({ body: { 'block.access_error_header': '' } })
  await askForPin(emulator)
  const pages = {
    requests: '',
    request: `/requests/${ray}`,
    applications: `/applications?who=${emulator.account.applications[0]?.id}`,
    try: '/try?url=wiki.example.com&email=eve@evil.test',
    'failure-modes': '/failure-modes',
    'failure-mode': '/failure-modes/token-expired',
    inbox: '/inbox',
    flows: '/flows',
    credentials: '/credentials?show=api-token',
    settings: '/settings',
  }
  return { emulator, ray, pages }
}

/** As the login page does it. */
async function askForPin({ fetch, urlFor }: Emulator): Promise<void> {
  const first = await fetch(urlFor('wiki.example.com'), { redirect: 'manual' })
  const login = await fetch(first.headers.get('location') ?? '')
  const cookie = login.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')
  const form = await login.text()
  const hidden = form.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)
  const fields = [...hidden].map(([, name = '', value = '']): [string, string] => [
    name,
    value.replaceAll('&amp;', '&'),
  ])
  const action = /<form method="post" action="([^"]+)"/.exec(form)?.[1] ?? ''
  await fetch(new URL(action.replaceAll('&amp;', '&'), login.url), {
    method: 'POST',
    headers: { cookie },
    body: new URLSearchParams([...fields, ['email', 'ada@example.com']]),
    redirect: 'manual',
  })
}
