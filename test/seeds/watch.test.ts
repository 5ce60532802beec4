/** A seed file that changes while the emulator runs: what is applied, what stays, what is said. No test waits for a time. */
import { writeFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createEmulator, type Emulator, type SeedChange } from '../../emulator/index.ts'
import type { EmulatorOptions } from '../../emulator/instance/options.ts'
import { folder, start } from '../commands/run/run-program.ts'
import { browser } from '../edge/login/browser.ts'
import { last, signIn } from '../edge/login/person.ts'

const application = (name: string, decision = 'allow', domain = 'example.com') => ({
  ...{ type: 'self_hosted', name, domain: `${name.toLowerCase()}.example.com` },
  policies: [{ name: 'People', decision, include: [{ email_domain: { domain } }] }],
})

const seedOf = (applications: readonly object[], more: object = {}) => ({
  accounts: [
    {
      name: 'Example',
      zones: [{ name: 'example.com' }],
      organization: { name: 'Team', auth_domain: 'team.cloudflareaccess.com' },
      identity_providers: [{ type: 'onetimepin', name: 'One-time PIN', config: {} }],
      applications,
      ...more,
    },
  ],
})

interface Watched {
  readonly emulator: Emulator
  readonly file: string
  /** What is said next. */
  changed(): Promise<SeedChange>
  write(seed: object | string): Promise<void>
}

const textOf = (seed: object | string) =>
  typeof seed === 'string' ? seed : JSON.stringify(seed, null, 2)

async function watched(seed: object): Promise<Watched> {
  const file = join(await folder(), 'seed.yaml')
  await writeFile(file, textOf(seed))
  const heard: SeedChange[] = []
  const waiting: ((change: SeedChange) => void)[] = []
  const emulator = await createEmulator({
    seed: file,
    onSeedChange(change) {
      const next = waiting.shift()
      if (next === undefined) heard.push(change)
      else next(change)
    },
  })
  onTestFinished(() => emulator.close())
  return {
    ...{ emulator, file },
    write: (next) => writeFile(file, textOf(next)),
    async changed() {
      return heard.shift() ?? new Promise((resolve) => waiting.push(resolve))
    },
  }
}

const namesIn = ({ emulator }: Watched) =>
  emulator.accounts().flatMap(({ applications }) => applications.map(({ name }) => name))

test('what the file adds, changes and removes is applied and named; ids stay', async () => {
  const one = await watched(seedOf([application('Notes'), application('Wiki')]))
  const [notes] = one.emulator.account.applications
  await one.write(seedOf([application('Notes', 'deny'), application('Shop')]))
  expect(await one.changed()).toEqual({
    ...{ applied: true, file: one.file },
    added: ['application "Shop"'],
    changed: ['application "Notes"'],
    removed: ['application "Wiki"'],
  })
  expect(namesIn(one)).toEqual(['Notes', 'Shop'])
  expect(one.emulator.account.applications[0]).toEqual(notes)
  const status = async (host: string) =>
    (await one.emulator.fetch(`https://${host}/`, { redirect: 'manual' })).status
  expect([await status('shop.example.com'), await status('wiki.example.com')]).toEqual([302, 200])
  await one.emulator.reset()
  expect(namesIn(one)).toEqual(['Notes', 'Shop'])
})

test('people stay signed in, and the new policies decide', async () => {
  const one = await watched(seedOf([application('Notes'), application('Wiki')]))
  const person = browser(one.emulator)
  const notes = 'https://notes.example.com/'
  expect(last(await signIn(person, notes)).status).toBe(200)
  const before = (await one.emulator.control.readJournal()).result.length
  await one.emulator.control.setBehaviours({ body: { 'login.show_pin': false } })
  await one.emulator.control.setMode({ params: { id: 'token-expired' } })
  await one.write(seedOf([application('Notes'), application('Wiki', 'allow', 'elsewhere.example')]))
  expect(await one.changed()).toMatchObject({ applied: true, changed: ['application "Wiki"'] })
  expect((await person.get(notes)).status).toBe(200)
  const refused = last(await person.follow(await person.get('https://wiki.example.com/')))
  expect(refused.text).toContain('That account does not have access.')
  expect((await one.emulator.control.readJournal()).result.length).toBeGreaterThan(before)
  // What the control API had set is over, as after a reset: the PIN is on the page again, and the mode can be set.
  expect(last(await signIn(browser(one.emulator), notes)).status).toBe(200)
  await one.emulator.control.setMode({ params: { id: 'token-expired' } })
})

test.each([
  ['a mistake in the file', 'accounts:\n  - name: [', /seed\.yaml:2:12: not valid YAML or JSON/],
  [
    'an unknown field',
    'accounts:\n  - name: A\n    zoness: []\n',
    /seed\.yaml:3:5: .*no such field/,
  ],
  [
    'what the API would refuse',
    'accounts:\n  - name: A\n    groups: [{ name: G, include: [{ group: { name: H } }] }]\n',
    /seed\.yaml:3:\d+: accounts\.0\.groups\.0.*there is no group named "H"/,
  ],
])('%s changes nothing, and the message says where it is', async (_, text, error) => {
  const one = await watched(seedOf([application('Notes')]))
  await one.write(text)
  expect(await one.changed()).toEqual({
    ...{ applied: false, file: one.file },
    error: expect.stringMatching(error),
  })
  expect(namesIn(one)).toEqual(['Notes'])
  await one.write(seedOf([application('Wiki')]))
  expect(await one.changed()).toMatchObject({ applied: true, added: ['application "Wiki"'] })
  expect(namesIn(one)).toEqual(['Wiki'])
})

test('a file that is replaced by another, several writes at once, and one that says the same', async () => {
  const one = await watched(seedOf([application('Notes')]))
  const beside = `${one.file}.new`
  await writeFile(beside, textOf(seedOf([application('Wiki')])))
  await rename(beside, one.file)
  expect(await one.changed()).toMatchObject({ added: ['application "Wiki"'] })
  for (const name of ['A', 'B', 'C']) writeFileSync(one.file, textOf(seedOf([application(name)])))
  expect(await one.changed()).toMatchObject({
    ...{ added: ['application "C"'], removed: ['application "Wiki"'] },
  })
  await one.write(`# A comment\n${textOf(seedOf([application('C')]))}`)
  await one.write(seedOf([application('D')]))
  expect(await one.changed()).toMatchObject({ added: ['application "D"'], changed: [] })
})

test('what the API has made goes, as by a reset; accounts of the control API stay', async () => {
  const one = await watched(seedOf([application('Notes')]))
  const { emulator } = one
  const mine = await emulator.control.createAccount({ body: { name: 'mine' } })
  const { id, api_token } = emulator.account
  const groups = `${emulator.url}/client/v4/accounts/${id}/access/groups`
  const headers = { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ name: 'Made', include: [{ everyone: {} }] })
  expect((await fetch(groups, { method: 'POST', headers, body })).status).toBe(201)
  await one.write(
    seedOf([application('Notes')], { zones: [{ name: 'example.com' }, { name: 'example.net' }] }),
  )
  expect(await one.changed()).toMatchObject({ applied: true, added: ['zone "example.net"'] })
  expect(await (await fetch(groups, { headers })).json()).toMatchObject({ result: [] })
  expect(emulator.accounts().map(({ name }) => name)).toEqual(['Example', 'mine'])
  expect((await emulator.fetch('https://new.example.net/')).status).toBe(200)
  await one.write(seedOf([], { zones: [{ name: mine.zones[0]?.name }] }))
  expect(await one.changed()).toMatchObject({
    error: expect.stringMatching(/another account has the zone mine\.test/),
  })
})

test.each<[EmulatorOptions, string]>([
  [{ seed: 'example' }, 'Only a seed file can be watched.'],
  [{}, 'Only a seed file can be watched.'],
  [{ seed: 'seed.yaml', state: '/nowhere' }, 'Omit --state or --watch.'],
  [{ seed: 'seed.yaml', replay: 'x.har' }, 'Omit --replay or --watch.'],
])('%j cannot be watched', async (options, message) => {
  await expect(createEmulator({ ...options, onSeedChange: () => {} })).rejects.toThrow(message)
})

test('start --watch --json prints a line for each change', async () => {
  const file = join(await folder(), 'seed.yaml')
  await writeFile(file, textOf(seedOf([application('Notes')])))
  const env = { XDG_STATE_HOME: await folder() }
  const { child, ended } = start(['start', '--port', '0', '--json', '--watch', '--seed', file], {
    env,
  })
  const lines = linesOf(child.stdout)
  expect(await lines()).toMatchObject({ event: 'ready' })
  await writeFile(file, textOf(seedOf([application('Wiki')])))
  expect(await lines()).toEqual({
    ...{ event: 'seed', applied: true, file, changed: [] },
    ...{ added: ['application "Wiki"'], removed: ['application "Notes"'] },
  })
  await writeFile(file, 'accounts: {')
  expect(await lines()).toMatchObject({ event: 'seed', applied: false })
  child.kill('SIGTERM')
  expect((await ended).code).toBe(0)
})

test('run --watch says on stderr what was applied', async () => {
  const file = join(await folder(), 'seed.yaml')
  await writeFile(file, textOf(seedOf([application('Notes')])))
  const env = { XDG_STATE_HOME: await folder() }
  const flags = ['run', '--quiet', '--watch', '--seed', file, '--', 'sh', '-c', 'echo ready; cat']
  const { child, ended } = start(flags, { env })
  const said = new Promise<void>((resolve) =>
    child.stderr?.on('data', (text: Buffer) => {
      if (String(text).includes('was applied')) resolve()
    }),
  )
  child.stdout?.once('data', () => writeFile(file, textOf(seedOf([application('Notes', 'deny')]))))
  await said
  child.stdin?.end()
  const { stdout, stderr } = await ended
  expect([stdout, stderr]).toEqual([
    'ready\n',
    `access-emulator: ${file} was applied: changed application "Notes".\n`,
  ])
})

/** Each call resolves with the next line, as JSON. */
function linesOf(stream: NodeJS.ReadableStream | null): () => Promise<unknown> {
  const lines: string[] = []
  const waiting: ((line: string) => void)[] = []
  let rest = ''
  stream?.on('data', (chunk: Buffer) => {
    const parts = `${rest}${chunk}`.split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      const next = waiting.shift()
      if (next === undefined) lines.push(line)
      else next(line)
    }
  })
  return async () =>
    JSON.parse(lines.shift() ?? (await new Promise<string>((resolve) => waiting.push(resolve))))
}
