/** The compose file of the page, without an engine: its environment in a network of its own, where names lead as its aliases say. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readSeed } from '../../emulator/seeds/read.ts'
import { folder } from '../commands/run/run-program.ts'
import { accessEmulator } from '../support/built.ts'
import { readPage } from './page.ts'

const service = z.strictObject({
  image: z.string().optional(),
  build: z.string().optional(),
  user: z.string().optional(),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()),
  sysctls: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  networks: z
    .strictObject({ default: z.strictObject({ aliases: z.array(z.string()) }) })
    .optional(),
  healthcheck: z
    .strictObject({
      test: z.tuple([z.literal('CMD')]).rest(z.string()),
      interval: z.string(),
      retries: z.number(),
    })
    .optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).optional(),
})
const compose = z.strictObject({
  services: z.strictObject({ access: service, app: service }),
  volumes: z.strictObject({ authority: z.null() }),
})

const filesOf = (page: string) =>
  readPage(page).blocks.flatMap(({ values, text }) => {
    const file = values.get('file')
    return file === undefined ? [] : [{ file, text }]
  })

const files = filesOf('guides/containers.md')
const textOf = (name: string) => files.find(({ file }) => file === name)?.text ?? ''
const { services } = compose.parse(parse(textOf('compose.yaml')))
const { access, app } = services

test('the names of the account are aliases of the emulator', async () => {
  const { data } = await readSeed(await written())
  const [account] = data.accounts
  const [application] = account?.applications ?? []
  const team = account?.organization?.auth_domain
  expect(access.networks?.default.aliases).toEqual([
    'api.cloudflare.com',
    team,
    application?.domain,
  ])
  expect(app.environment.TEAM_DOMAIN).toBe(`https://${team}`)
  expect(app.environment.POLICY_AUD).toBe(application?.aud)
  expect(app.depends_on).toEqual({ access: { condition: 'service_healthy' } })
  expect(access.ports).toEqual(['127.0.0.1:7788:443'])
})

async function written(): Promise<string> {
  const seed = join(await folder(), 'access.yaml')
  await writeFile(seed, textOf('access.yaml'))
  return seed
}

/** Why no network of our own can be made here. */
function lacking(): string | undefined {
  const tried = spawnSync('unshare', ['-n', '-m', '-p', '-f', 'ip', 'link', 'set', 'lo', 'up'])
  return tried.status === 0 ? undefined : (tried.error?.message ?? String(tried.stderr).trim())
}

/** In the place of the engine. Whatever it started ends with it. */
const script = `
ip link set lo up
mount --bind hosts /etc/hosts
as() { env -i PATH="$PATH" HOME="$PWD" "$@"; }
as $(cat access.env) node "$BUILT" start > access.log 2>&1 &
for attempt in $(seq 100); do
  if as node -e "$HEALTHY"; then break; fi
  sleep 0.1
done
as $(cat app.env) node express.js > app.log &
for attempt in $(seq 100); do
  if [ -s app.log ]; then break; fi
  sleep 0.1
done
pair=$(curl -sS http://127.0.0.1:443/__access/seed | node -p '
  const [{ service_tokens: [pair] }] = JSON.parse(require("fs").readFileSync(0, "utf8")).accounts
  "CF-Access-Client-Id: " + pair.client_id + "\\nCF-Access-Client-Secret: " + pair.client_secret')
curl -sS --cacert state/access-emulator/ca/ca.pem -H "$(head -1 <<< "$pair")" -H "$(tail -1 <<< "$pair")" https://app.example.com/
echo
curl -sS http://app:3000/
`

test('an application of the compose file is asked through Access, and verifies', async ({
  skip,
}) => {
  const reason = lacking()
  if (reason !== undefined) console.warn(`The compose file of the guide is not tried: ${reason}`)
  skip(reason !== undefined)
  const place = await folder()
  for (const { file, text } of [...filesOf('guides/origin.md'), ...files]) {
    if (!file.includes('/')) await writeFile(join(place, file), text)
  }
  const root = fileURLToPath(new URL('../../', import.meta.url))
  await symlink(join(root, 'node_modules'), join(place, 'node_modules'))
  await mkdir(join(place, 'state'))
  const names = ['localhost', 'app', ...(access.networks?.default.aliases ?? [])]
  await writeFile(join(place, 'hosts'), `127.0.0.1 ${names.join(' ')}\n`)

  // What the volumes mount, and what the image sets.
  const mounted = (text: string) =>
    text
      .replace(/^\/access\.yaml$/, join(place, 'access.yaml'))
      .replace(/^\/(state|authority)\b/, join(place, 'state'))
      .replace(/^\$\{\w+:-\}$/, '')
  const lines = (environment: Readonly<Record<string, string>>) =>
    Object.entries(environment)
      .map(([name, value]) => `${name}=${mounted(value)}\n`)
      .join('')
  const image = { ACCESS_EMULATOR_HOST: '0.0.0.0' }
  await writeFile(join(place, 'access.env'), lines({ ...image, ...access.environment }))
  await writeFile(join(place, 'app.env'), lines(app.environment))

  const [, node, flag, healthy = ''] = access.healthcheck?.test ?? []
  expect([node, flag]).toEqual(['node', '-e'])
  const isolated = ['-n', '-m', '-p', '-f', '--kill-child', 'bash', '-c', script]
  const { stdout } = await promisify(execFile)('unshare', isolated, {
    cwd: place,
    env: { PATH: process.env.PATH, BUILT: accessEmulator, HEALTHY: healthy },
  })
  const [through = '', past = ''] = stdout.trim().split('\n')
  expect(JSON.parse(through)).toEqual({ who: expect.stringMatching(/\.access$/) })
  expect(JSON.parse(past)).toEqual({ error: 'Access is the only way in.' })
})
