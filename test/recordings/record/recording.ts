/** An emulator in the role of real Cloudflare, under the real names through an environment proxy, to be recorded. */
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { openCa } from '../../../emulator/network/tls/ca.ts'
import { createWorld } from '../../../emulator/world/world.ts'
import { command, folder, type Ran } from '../../commands/run/run-program.ts'

export const application = 'https://machines.example.com'
export const api = 'https://api.cloudflare.com/client/v4'
export const team = 'https://example-team.cloudflareaccess.com'

export interface Live {
  readonly emulator: Emulator
  /** The environment that leads a program there. */
  readonly env: Readonly<Record<string, string>>
  /** A folder that is removed after the test. */
  readonly stateHome: string
  readonly token: string
  readonly pair: { readonly client_id: string; readonly client_secret: string }
}

/** `origin` answers behind `machines.example.com`. */
export async function live(origin?: RequestListener): Promise<Live> {
  const stateHome = await folder()
  const { certPath } = await openCa({ stateHome, world: createWorld() })
  const origins = origin === undefined ? {} : { 'machines.example.com': await listening(origin) }
  const emulator = await createEmulator({
    seed: 'example',
    profile: 'observed',
    stateHome,
    origins,
  })
  onTestFinished(() => emulator.close())
  const { api_token: token, service_tokens } = emulator.account
  const [pair] = service_tokens
  if (pair === undefined) throw new Error('The seed has no service token.')
  return {
    ...{ emulator, token, pair, stateHome },
    env: {
      HTTPS_PROXY: emulator.url,
      NODE_EXTRA_CA_CERTS: certPath,
      CLOUDFLARE_API_TOKEN: token,
      CF_ACCESS_CLIENT_ID: pair.client_id,
      CF_ACCESS_CLIENT_SECRET: pair.client_secret,
    },
  }
}

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export interface Recorded extends Ran {
  readonly file: string
}

/** `record FLAGS -- PROGRAM`, by default with the application among what is recorded. */
export async function record(
  { env }: Pick<Live, 'env'>,
  program: readonly string[],
  flags: readonly string[] = ['--host', '*.example.com'],
  file?: string,
): Promise<Recorded> {
  const out = file ?? join(await folder(), 'world.har')
  const ran = await command(['record', '--out', out, ...flags, '--', ...program], {
    env: { XDG_STATE_HOME: await folder(), ...env },
  })
  return { ...ran, file: out }
}

/** Lines of a shell, each a command. */
export function shell(...lines: readonly string[]): readonly string[] {
  return ['bash', '--norc', '-uc', lines.join('\n')]
}

export interface Entry {
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: readonly { readonly name: string; readonly value: string }[]
    readonly postData?: { readonly text: string; readonly comment?: string }
  }
  readonly response: {
    readonly status: number
    readonly headers: readonly { readonly name: string; readonly value: string }[]
    readonly content: { readonly size: number; readonly text?: string; readonly comment?: string }
  }
  readonly comment: string
}

export async function entriesOf(file: string): Promise<readonly Entry[]> {
  const har = JSON.parse(await readFile(file, 'utf8')) as { log: { entries: Entry[] } }
  return har.log.entries
}

/** Request and status. */
export async function outlineOf(file: string): Promise<readonly string[]> {
  const entries = await entriesOf(file)
  return entries.map(
    ({ request, response }) => `${request.method} ${request.url} ${response.status}`,
  )
}
