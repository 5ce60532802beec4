/** The example Workers under workerd, behind `access-emulator run`. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, readFile, symlink, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { pinnedFetch } from '../../client/transport/pinned-fetch.ts'
import { folder, start } from '../commands/run/run-program.ts'

const examples = fileURLToPath(new URL('../../docs/examples/', import.meta.url))
const cache = fileURLToPath(new URL('../../node_modules/.cache/worker-examples/', import.meta.url))
export const packages = join(cache, 'node_modules')
const node22 = join(packages, 'node/bin/node')
/** For `PATH`. */
export const node22Folder = dirname(node22)

export interface Running {
  /** Goes to the emulator, whatever host the URL names. */
  readonly fetch: typeof fetch
  /** Where the Worker itself listens, past Access. */
  readonly url: string
}

/** Variables of the Worker, changed after `run` has set its own; undefined removes one. */
type Changes = Readonly<Record<string, string | undefined>>

/** Whether `install.mjs` could install what the Workers need; logs if not. */
export function installed(): boolean {
  if (existsSync(join(cache, 'installed.json'))) return true
  console.info(
    'Not run: no Node 22 and miniflare here (node test/worker/install.mjs installs them).',
  )
  return false
}

/** The Worker behind a self-hosted application. */
export async function startWorker(): Promise<Running> {
  const relay = await startRelay()
  const flags = ['--origin', `machines.example.com=${relay.url}`]
  const running = await run('worker', flags, {})
  relay.onward(running.url)
  return running
}

/** The Worker that signs people in through a SaaS application. `url` is the one that its clients know. */
export async function startWorkersOauth(changes: Changes = {}): Promise<Running> {
  const { url, onward } = await startRelay()
  const seed = join(await folder(), 'seed.yaml')
  const shipped = await readFile(join(examples, 'workers-oauth/seed.yaml'), 'utf8')
  await writeFile(seed, shipped.replaceAll('http://127.0.0.1:8787', url))
  const flags = ['--seed', seed, '--saas', 'MCP server']
  const running = await run('workers-oauth', flags, { WORKER_URL: url, ...changes })
  onward(running.url)
  return { ...running, url }
}

/** An address for a Worker that has no port yet. */
async function startRelay() {
  let port = 0
  const relay = createServer((socket) => {
    const onward = connect(port, '127.0.0.1')
    socket.pipe(onward).pipe(socket)
    for (const end of [socket, onward]) end.on('error', () => [socket, onward].forEach(destroy))
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  onTestFinished(() => void relay.close())
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    onward(url: string) {
      port = Number(new URL(url).port)
    },
  }
}

async function run(example: string, flags: readonly string[], changes: Changes): Promise<Running> {
  const place = await folder()
  await cp(examples, place, { recursive: true, filter: (path) => !path.includes('node_modules') })
  await symlink(packages, join(place, 'node_modules'))
  const lines = [
    'echo "$ACCESS_EMULATOR_URL"',
    ...Object.entries({ PORT: '0', ...changes }).map(([name, value]) =>
      value === undefined ? `unset ${name}` : `export ${name}='${value}'`,
    ),
    `exec "${node22}" "${join(place, example, 'serve.mjs')}"`,
  ]
  const { child, ended } = start(['run', ...flags, '--', 'sh', '-c', lines.join('\n')], {
    env: { XDG_STATE_HOME: await folder() },
  })
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const said = await Promise.race([twoLines(child.stdout), ended])
  if (!Array.isArray(said)) throw new Error(`The Worker did not start: ${said.stderr}`)
  const [emulator = '', listening = ''] = said
  const url = listening.replace('The Worker listens on ', '')
  return { fetch: pinnedFetch(emulator), url }
}

async function twoLines(stdout: NodeJS.ReadableStream | null): Promise<string[]> {
  const lines: string[] = []
  if (stdout === null) return lines
  for await (const line of createInterface({ input: stdout })) {
    lines.push(line)
    if (lines.length === 2) return lines
  }
  return await new Promise(() => {})
}

function destroy(end: { destroy(): unknown }): void {
  end.destroy()
}
