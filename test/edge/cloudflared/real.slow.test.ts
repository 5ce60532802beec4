/** A real cloudflared, if one is on the PATH, under `access-emulator run`, with no knowledge of the emulator. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { folder, has, through } from '../../commands/run/run-program.ts'

const person = fileURLToPath(new URL('person.mjs', import.meta.url))
const ada = 'ada@example.com'
const wiki = 'https://wiki.example.com'

const results = z.array(
  z.object({
    code: z.number().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    pages: z.array(z.string()),
  }),
)

/** Runs cloudflared commands in order, in an initially empty home. */
async function signedInBy(
  {
    flags = [],
    env = {},
    home,
  }: {
    readonly flags?: readonly string[]
    readonly env?: Readonly<Record<string, string>>
    readonly home?: string
  },
  ...commands: readonly (readonly string[])[]
) {
  const words = commands.flatMap((command) => ['--', 'access', ...command])
  const node = [process.execPath, person, 'cloudflared', home ?? (await folder()), ada, ...words]
  const { stdout, stderr } = await through([...flags, '--quiet'], node, { env })
  const read = results.safeParse(JSON.parse(stdout || 'null'))
  if (!read.success) throw new Error(stderr)
  return read.data
}

test('login, token and curl, and another address without a browser', async () => {
  if (!has('cloudflared', 'curl')) return
  const [login, token, curl] = await signedInBy(
    {},
    ['login', `${wiki}/pages?id=7`],
    ['token', '-app', `${wiki}/pages`],
    ['curl', `${wiki}/other`, '-sS'],
  )
  expect(login).toMatchObject({
    code: 0,
    pages: [
      'Sign in to People and machines',
      'Sign in to People and machines',
      'Let a program sign in as you?',
      'You are signed in',
    ],
  })
  const jwt = /Successfully fetched your token:\n\n(\S+)\n/.exec(login?.stdout ?? '')?.[1]
  expect(token).toMatchObject({ code: 0, stdout: jwt, pages: [] })
  expect(curl).toMatchObject({ code: 0, pages: [] })
  expect(JSON.parse(curl?.stdout ?? '')).toMatchObject({
    path: '/other',
    headers: { 'cf-access-authenticated-user-email': ada },
  })
})

/** A server that echoes its input in capitals and hangs up. */
async function shouting(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', (data) => socket.end(data.toString().toUpperCase()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `127.0.0.1:${address.port}`
}

test('tcp and ssh with a login on the way, and rdp with a pair, without a browser', async () => {
  if (!has('cloudflared')) return
  const address = await shouting()
  const ofMachine = [
    ['--id', 'e0a1e0a1e0a1e0a1e0a1e0a1e0a1e0a1.access'],
    ['--secret', 'cfast_exampleSecretOfCiDeployNotARealOne00000000000000'],
  ].flat()
  const [tcp, ssh, rdp, refused] = await signedInBy(
    {
      flags: [
        ['--origin', `wiki.example.com=tcp://${address}`],
        ['--origin', `machines.example.com=rdp://${address}`],
      ].flat(),
      env: { PERSON_TYPES: 'hello\n' },
    },
    ['tcp', '--hostname', 'wiki.example.com'],
    ['ssh', '--hostname', 'wiki.example.com'],
    ['rdp', '--hostname', 'machines.example.com', ...ofMachine],
    ['rdp', '--hostname', 'machines.example.com'],
  )
  expect(tcp).toMatchObject({ stdout: 'HELLO\n', pages: { length: 4 } })
  expect(ssh).toMatchObject({ stdout: 'HELLO\n', pages: [] })
  expect(rdp).toMatchObject({ stdout: 'HELLO\n', pages: [] })
  expect(refused).toMatchObject({ stdout: '', pages: [] })
})

test('an application after the first one without a browser, by the token of the organization', async () => {
  if (!has('cloudflared')) return
  const seed = join(await folder(), 'seed.json')
  const people = { name: 'people', decision: 'allow', include: [{ everyone: {} }] }
  const app = (domain: string) => ({
    type: 'self_hosted',
    name: domain,
    domain,
    policies: [people],
  })
  const accounts = [
    {
      name: 'Two',
      zones: [{ name: 'example.com' }],
      organization: { name: 'Team', auth_domain: 'team.cloudflareaccess.com' },
      identity_providers: [{ type: 'onetimepin', name: 'One-time PIN', config: {} }],
      applications: [app('wiki.example.com'), app('*.apps.example.com')],
    },
  ]
  await writeFile(seed, JSON.stringify({ accounts }))
  const [first, second] = await signedInBy(
    { flags: ['--seed', seed] },
    ['login', wiki],
    ['login', 'https://one.apps.example.com'],
  )
  expect([first?.code, first?.pages.at(-1)]).toEqual([0, 'You are signed in'])
  expect([second?.code, second?.pages]).toEqual([0, []])
  expect(second?.stdout).toContain('Successfully fetched your token')
})

test('ssh-gen gets a certificate that OpenSSH reads, or reports why not', async () => {
  if (!has('cloudflared', 'ssh-keygen')) return
  const home = await folder()
  const generate = ['ssh-gen', '--hostname', 'wiki.example.com']
  const [first] = await signedInBy({ home, env: { PERSON_CA: 'wiki.example.com' } }, generate)
  expect(first).toMatchObject({ code: 0, pages: { length: 4 } })
  const file = join(home, '.cloudflared/wiki.example.com-cf_key-cert.pub')
  const listed = execFileSync('ssh-keygen', ['-L', '-f', file], { encoding: 'utf8' })
  expect(listed).toContain('Type: ecdsa-sha2-nistp256-cert-v01@openssh.com user certificate')
  expect(listed).toMatch(/Principals: \n\s+ada\n/)

  const [without] = await signedInBy({}, generate)
  expect(without?.code).not.toBe(0)
  expect(without?.stderr).toContain('0: Bad Request. Please create a ca for application.')
})

test('a clock in the past: cloudflared refuses the token that it received', async () => {
  if (!has('cloudflared')) return
  const [login] = await signedInBy({ flags: ['--at', '2026-01-01T00:00:00Z'] }, ['login', wiki])
  expect(login).toMatchObject({ code: 1, stdout: '', pages: { length: 4 } })
  expect(login?.stderr).toContain('token for provided application was empty')
})
