/** Proxy settings that get in the way: variables pointing elsewhere, NO_PROXY exceptions, and the system's proxy. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { isLoopback } from '../../../contracts/http/loopback.ts'
import { holds } from '../../network/preload/route.ts'
import { type MachineFinding, setUp } from './finding.ts'

export interface ProxySurroundings {
  /** Where the emulator listens. */
  readonly address: URL
  readonly isRunning: boolean
  readonly served: readonly string[]
}

const variables = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'ALL_PROXY',
  'all_proxy',
]

export function examineProxies(
  environment: NodeJS.ProcessEnv,
  { address, isRunning, served }: ProxySurroundings,
): MachineFinding[] {
  const set = variables.filter((name) => environment[name])
  const elsewhere = set.filter((name) => !leadsTo(environment[name], address))
  const here = set.length - elsewhere.length
  const id = 'proxy-variables'
  const findings: MachineFinding[] = []
  if (elsewhere.length > 0) {
    // A value may hold a password.
    const says = `${elsewhere.join(', ')} point${elsewhere.length === 1 ? 's' : ''} somewhere other than ${address.host}: tools do not reach the emulator under the real names.`
    findings.push({ id, ok: false, says, fix: setUp })
  } else if (here > 0 && !isRunning) {
    const says = `${set.join(', ')} point${set.length === 1 ? 's' : ''} to ${address.host}, where no emulator runs.`
    const fix = 'Start it there, or eval "$(access-emulator env --unset)" in this shell.'
    findings.push({ id, ok: false, says, fix })
  } else {
    const says =
      here > 0 ? `Proxy variables point to ${address.host}.` : 'No proxy variable is set.'
    findings.push({ id, ok: true, says })
  }
  return [...findings, examineExceptions(environment, served)]
}

function examineExceptions(
  environment: NodeJS.ProcessEnv,
  served: readonly string[],
): MachineFinding {
  const id = 'no-proxy'
  const text = environment.no_proxy || environment.NO_PROXY || ''
  const entries = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
  const hiding = entries.filter((entry) => served.some((name) => holds(entry, name, 443)))
  if (hiding.length === 0)
    return { id, ok: true, says: 'NO_PROXY excludes none of the names served.' }
  const says = `NO_PROXY (${hiding.join(', ')}) makes tools bypass the emulator for names that it serves.`
  return { id, ok: false, says, fix: `Remove that from NO_PROXY and no_proxy, or use ${setUp}` }
}

/** Whether a proxy variable points to the emulator, whichever name of this machine it uses. */
export function leadsTo(value: string | undefined, address: URL): boolean {
  if (value === undefined || !URL.canParse(value)) return false
  const proxy = new URL(value)
  const local = (name: string) => (isLoopback(name) ? 'localhost' : name)
  return proxy.port === address.port && local(proxy.hostname) === local(address.hostname)
}

/** Browsers use the system's proxy. No finding where the setting cannot be read. */
export async function examineSystemProxy(address: URL): Promise<MachineFinding[]> {
  const proxy = process.platform === 'darwin' ? await askMacos() : await askGnome()
  if (proxy === undefined) return []
  const id = 'system-proxy'
  const isOff = proxy === 'none'
  if (isOff || leadsTo(proxy, address)) {
    const says = isOff ? 'The system uses no proxy.' : 'The system uses the emulator as its proxy.'
    return [{ id, ok: true, says }]
  }
  const says = `The system uses a proxy (${proxy}), and so do browsers.`
  const fix = `Give the browser its own proxy setting: chromium --proxy-server=${address.origin}`
  return [{ id, ok: false, says, fix }]
}

async function askMacos(): Promise<string | undefined> {
  const text = await output('scutil', ['--proxy'])
  if (text === undefined) return undefined
  const value = (name: string) => new RegExp(`^\\s*${name} : (.+)$`, 'm').exec(text)?.[1]
  if (value('HTTPSEnable') === '1') return `http://${value('HTTPSProxy')}:${value('HTTPSPort')}`
  if (value('ProxyAutoConfigEnable') === '1') return 'automatic'
  return 'none'
}

async function askGnome(): Promise<string | undefined> {
  const schema = 'org.gnome.system.proxy'
  const read = async (path: string, key: string) =>
    (await output('gsettings', ['get', path, key]))?.trim().replaceAll("'", '')
  const mode = await read(schema, 'mode')
  if (mode === undefined || mode === 'none') return mode
  if (mode !== 'manual') return 'automatic'
  return `http://${await read(`${schema}.https`, 'host')}:${await read(`${schema}.https`, 'port')}`
}

async function output(program: string, args: readonly string[]): Promise<string | undefined> {
  return promisify(execFile)(program, args, { timeout: 2_000 }).then(
    ({ stdout }) => stdout,
    () => undefined,
  )
}
