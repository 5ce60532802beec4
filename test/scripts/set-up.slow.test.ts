/** A set-up script as a user would write it: curl and jq against the Cloudflare API, safe to run repeatedly. */
import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

const script = fileURLToPath(new URL('set-up.sh', import.meta.url))
const missing = ['bash', 'curl', 'jq'].filter((tool) => spawnSync(tool, ['--version']).error)

/** False, with the reason on the console, if the script cannot run. */
function canRun(): boolean {
  if (missing.length > 0) console.info(`set-up.sh is not run: there is no ${missing.join(', ')}.`)
  return missing.length === 0
}

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'example' })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

const host = 'api.example.com'

interface Ran {
  readonly code: number
  /** `{ record: 'made', … }` */
  readonly done: Readonly<Record<string, string>>
  readonly stdout: string
  readonly stderr: string
}

function run(more: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const { account, url } = emulator
  const env = {
    PATH: process.env.PATH ?? '',
    NO_PROXY: '127.0.0.1',
    CLOUDFLARE_BASE_URL: `${url}/client/v4`,
    CLOUDFLARE_API_TOKEN: account.api_token,
    CLOUDFLARE_ACCOUNT_ID: account.id,
    ZONE: 'example.com',
    HOST: host,
    SCRIPT: 'api',
    TOKEN_NAME: 'api callers',
    ...more,
  }
  return new Promise((resolve) => {
    execFile('bash', [script], { env }, (error, stdout, stderr) => {
      const lines = stdout.matchAll(/^(\w+) +(made|kept|changed) /gm)
      const done = Object.fromEntries([...lines].map(([, what = '', how = '']) => [what, how]))
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, done, stdout, stderr })
    })
  })
}

const allOf = (how: string) => ({
  record: how,
  route: how,
  token: how,
  application: how,
  policy: how,
})

/** The entire state, except when a token was last used. */
async function stored(): Promise<unknown> {
  const state = JSON.stringify(await emulator.control.getState(), (name, value: unknown) =>
    name === 'last_seen_at' ? undefined : value,
  )
  return JSON.parse(state)
}

/** Requests to the API that write. */
async function writes(): Promise<readonly string[]> {
  const { result } = await emulator.control.readJournal()
  return result
    .filter(({ method, host: of }) => method !== 'GET' && of === 'api.cloudflare.com')
    .map(({ method, operation }) => `${method} ${operation}`)
}

const pairOf = ({ stdout }: Ran) => ({
  'CF-Access-Client-Id': /^CF_ACCESS_CLIENT_ID=(.*)$/m.exec(stdout)?.[1] ?? '',
  'CF-Access-Client-Secret': /^CF_ACCESS_CLIENT_SECRET=(.*)$/m.exec(stdout)?.[1] ?? '',
})

test('the first run makes everything, and the pair it prints opens the host', async () => {
  if (!canRun()) return
  await emulator.control.setBehaviours({ body: { 'edge.requires_dns_record': true } })
  const url = emulator.urlFor(host)
  expect((await emulator.fetch(url)).status).toBe(530)
  const first = await run()
  expect(first).toMatchObject({ code: 0, stderr: '', done: allOf('made') })
  expect((await emulator.fetch(url)).status).toBe(403)
  expect((await emulator.fetch(url, { headers: pairOf(first) })).status).toBe(200)
})

test('the second run changes nothing, at a later hour too', async () => {
  if (!canRun()) return
  const first = await run()
  expect((await writes()).toSorted()).toEqual([
    'POST applicationPolicies.create',
    'POST applications.create',
    'POST dnsRecords.create',
    'POST serviceTokens.create',
    'POST workerRoutes.create',
  ])
  await emulator.fetch(emulator.urlFor(host), { headers: pairOf(first) })
  const before = await stored()
  const wrote = await writes()
  await emulator.control.setClock({ body: { advance: 3600 } })
  expect(await run()).toMatchObject({ code: 0, stderr: '', done: allOf('kept') })
  expect(await stored()).toEqual(before)
  expect(await writes()).toEqual(wrote)
})

test('another address and another Worker change only the record and the route', async () => {
  if (!canRun()) return
  await run({ RECORD_TYPE: 'A', RECORD_CONTENT: '192.0.2.11' })
  // A part of the former one: whole values are compared.
  const wanted = { RECORD_TYPE: 'A', RECORD_CONTENT: '192.0.2.1', SCRIPT: 'api-next' }
  expect(await run(wanted)).toMatchObject({
    code: 0,
    stderr: '',
    done: { ...allOf('kept'), record: 'changed', route: 'changed' },
  })
  expect((await run(wanted)).done).toEqual(allOf('kept'))
  // Cloudflare refuses an alias next to an address, and the script reports it.
  const refused = await run({ RECORD_TYPE: 'CNAME', RECORD_CONTENT: 'target.example.net' })
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/^POST zones\/\w+\/dns_records: 81053 An A, AAAA, or CNAME record/)
})

test('a zone that the account does not have stops it', async () => {
  if (!canRun()) return
  const before = await stored()
  expect(await run({ ZONE: 'example.net' })).toMatchObject({
    code: 1,
    stderr: 'there is no zone example.net\n',
  })
  expect(await stored()).toEqual(before)
})
