/** The targets that the contract cases run on: an emulator here, one in a child process, and real Cloudflare. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createApiClient } from '../../client/api.ts'
import type { Need, Offer } from '../../client/conformance/case.ts'
import type { Lasting } from '../../client/conformance/run.ts'
import { pinnedFetch } from '../../client/pinned-fetch.ts'
import { secret } from '../../client/secret.ts'
import type { Profile } from '../../contracts/behaviours.ts'
import { control } from '../../contracts/control.ts'
import type { SeedAccount } from '../../contracts/control-shapes.ts'
import type { Endpoint, ResultOf } from '../../contracts/endpoint.ts'
import { createEmulator } from '../../emulator/index.ts'

export const emulatorOffers: ReadonlySet<Need> = new Set([
  'write',
  'hosts',
  'seed',
  'clock',
  'person',
  'outsider',
  'own_account',
  'echo',
] as const)

const apiUrl = 'https://api.cloudflare.com/client/v4'

/** Something that cases can run on. Each case asks for a target of its own. */
export interface Place extends Offer {
  target(): Promise<Lasting>
  close(): Promise<void>
}

export async function inProcess(profile: Profile): Promise<Place> {
  const emulator = await createEmulator({ profile, seed: 'example' })
  return emulatorPlace(profile, { url: emulator.url, fetch: emulator.fetch }, () =>
    emulator.close(),
  )
}

/** The command as it is shipped, on a free port. Rejects with what it wrote on stderr where it does not start. */
export async function childProcess(profile: Profile): Promise<Place> {
  const command = fileURLToPath(new URL('../../dist/access-emulator.js', import.meta.url))
  const flags = ['start', '--port', '0', '--json', '--seed', 'example', '--profile', profile]
  const child = spawn(process.execPath, [command, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve)
  })
  const line = await Promise.race([ready, ended])
  if (typeof line !== 'string') {
    throw new Error(`access-emulator ended with ${line} before it was ready:\n${errors}`)
  }
  const { url } = JSON.parse(line) as { url: string }
  return emulatorPlace(profile, { url, fetch: pinnedFetch(url) }, async () => {
    child.kill('SIGTERM')
    const code = await ended
    if (code !== 0) throw new Error(`access-emulator ended with ${code}:\n${errors}`)
  })
}

/** An account for each case, so that none sees what another left. */
function emulatorPlace(
  profile: Profile,
  at: { readonly url: string; readonly fetch: typeof fetch },
  close: () => Promise<void>,
): Place {
  let made = 0
  return {
    kind: 'emulator',
    profile,
    offers: emulatorOffers,
    close,
    async target() {
      made += 1
      // A case may have moved the clock, which is everyone's.
      await controlled(at.url, control.setClock, { body: { real: true } })
      const [seeded] = (await controlled(at.url, control.getSeed)).accounts
      const account = await controlled(at.url, control.createAccount, {
        body: { name: `case ${made}` },
      })
      if (seeded === undefined) throw new Error('the seed has no account')
      return emulatorTarget(profile, at, { account, seeded })
    },
  }
}

function emulatorTarget(
  profile: Profile,
  at: { readonly url: string; readonly fetch: typeof fetch },
  { account, seeded }: { readonly account: SeedAccount; readonly seeded: SeedAccount },
): Lasting {
  const [zone] = account.zones
  const [pair] = seeded.service_tokens
  if (zone === undefined || pair === undefined) throw new Error('the seed is not "example"')
  let names = 0
  const now = async () => Date.parse((await controlled(at.url, control.getClock)).now) / 1000
  return {
    kind: 'emulator',
    profile,
    fetch: at.fetch,
    apiUrl,
    api: createApiClient({
      target: { fetch: at.fetch, apiUrl },
      apiToken: account.api_token,
      account_id: account.id,
    }),
    account: { id: account.id, api_token: secret(account.api_token) },
    zone,
    team: account.auth_domain,
    seed: { url: new URL(`https://${seeded.applications[0]?.domain}/`), pair },
    outsider: {
      id: seeded.id,
      team: seeded.auth_domain,
      zone_id: seeded.zones[0]?.id ?? '',
    },
    clock: {
      now,
      async advance(seconds) {
        await controlled(at.url, control.setClock, { body: { advance: seconds } })
      },
    },
    async signIn(email, application) {
      const session = await controlled(at.url, control.createSession, {
        query: { account: account.id },
        body: { email, application },
      })
      if (session.application_token === null) throw new Error(`not signed in: ${session.verdict}`)
      return session.application_token
    },
    name(what) {
      names += 1
      return `${what}-${names}`
    },
    settle: async () => {},
  }
}

/** One call of the control API, over HTTP. */
async function controlled<E extends Endpoint>(
  url: string,
  endpoint: E,
  given: { readonly query?: Readonly<Record<string, string>>; readonly body?: unknown } = {},
): Promise<ResultOf<E>> {
  const address = new URL(endpoint.path, url)
  for (const [name, value] of Object.entries(given.query ?? {})) {
    address.searchParams.set(name, value)
  }
  const response = await fetch(address, {
    method: endpoint.method,
    ...(given.body === undefined
      ? {}
      : {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(given.body),
        }),
  })
  const body: unknown = await response.json()
  if (response.status !== endpoint.status) {
    throw new Error(`${endpoint.id} answered ${response.status}: ${JSON.stringify(body)}`)
  }
  return endpoint.result().parse(body) as ResultOf<E>
}
