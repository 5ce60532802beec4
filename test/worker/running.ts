/** The example Worker under workerd, behind `access-emulator run`. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, symlink } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { pinnedFetch } from '../../client/transport/pinned-fetch.ts'
import { folder, start } from '../run/run-program.ts'

const example = fileURLToPath(new URL('../../docs/examples/worker/', import.meta.url))
const cache = fileURLToPath(new URL('../../node_modules/.cache/worker-example/', import.meta.url))
const packages = join(cache, 'node_modules')
const node22 = join(packages, 'node/bin/node')

export interface Running {
  /** Goes to the emulator, whatever host the URL names. */
  readonly fetch: typeof fetch
  /** Where the Worker itself listens, past Access. */
  readonly url: string
}

/** Whether `install.mjs` could install what the Worker needs; logs if not. */
export function installed(): boolean {
  if (existsSync(join(cache, 'installed.json'))) return true
  console.info(
    'Not run: no Node 22 and miniflare here (node test/worker/install.mjs installs them).',
  )
  return false
}

/** `env` is added to the environment that `run` gives the Worker, `unset` is removed. */
export async function startWorker({
  env = {},
  unset = [],
}: {
  readonly env?: Readonly<Record<string, string>>
  readonly unset?: readonly string[]
} = {}): Promise<Running> {
  const place = await folder()
  for (const name of ['worker.js', 'serve.mjs', 'package.json']) {
    await cp(join(example, name), join(place, name))
  }
  await symlink(packages, join(place, 'node_modules'))

  // The emulator needs the Worker's address before the Worker has a port.
  const relay = createServer((socket) => {
    const onward = connect(Number(new URL(url).port), '127.0.0.1')
    socket.pipe(onward).pipe(socket)
    for (const end of [socket, onward]) end.on('error', () => [socket, onward].forEach(destroy))
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  onTestFinished(() => void relay.close())
  const { port } = relay.address() as AddressInfo

  const lines = [
    'echo "$ACCESS_EMULATOR_URL"',
    ...unset.map((name) => `unset ${name}`),
    `exec "${node22}" "${join(place, 'serve.mjs')}"`,
  ]
  const flags = ['--origin', `machines.example.com=http://127.0.0.1:${port}`]
  const { child, ended } = start(['run', ...flags, '--', 'sh', '-c', lines.join('\n')], {
    env: { XDG_STATE_HOME: await folder(), PORT: '0', ...env },
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
