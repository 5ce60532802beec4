/** Gathers what `doctor` checks: Node, the port, the local CA, trust, proxy settings and clocks. */
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { control } from '../../../contracts/control/endpoints.ts'
import { endpointOf } from '../../network/endpoint.ts'
import { stateFolder } from '../../network/tls/ca.ts'
import { readRoots } from '../../network/tls/ca-store.ts'
import type { World } from '../../world/world.ts'
import { addressOf, ask } from '../running.ts'
import { hasSameAuthority } from '../same-authority.ts'
import type { MachineFinding } from './finding.ts'
import { examineProxies, examineSystemProxy, leadsTo } from './proxies.ts'
import { examineTrust } from './trust.ts'

export interface Machine {
  readonly url: string
  readonly environment: NodeJS.ProcessEnv
  readonly world: Pick<World, 'wallNow'>
}

/** What answers at the address. */
type PortListener = 'emulator' | 'other' | 'none'

export async function examineMachine({
  url,
  environment,
  world,
}: Machine): Promise<MachineFinding[]> {
  const address = addressOf(url)
  const folder = join(stateFolder(), 'ca')
  const [listener, roots, constrained, served] = await Promise.all([
    listenerAt(address),
    readRoots(folder, 'ca', world.wallNow()),
    readRoots(folder, 'system-', world.wallNow()),
    servedNames(url),
  ])
  const root = roots.at(-1)
  const isSetUp = ['HTTPS_PROXY', 'https_proxy'].some((name) => leadsTo(environment[name], address))
  return [
    examineNode(process.versions.node),
    await examinePort(address, listener.kind, listener.says),
    examineAuthority(root, world.wallNow()),
    ...(listener.kind === 'emulator' && root ? [await examineSame(address, root.certPem)] : []),
    ...(await examineTrust(environment, {
      certPem: root?.certPem,
      constrained: constrained.map((each) => each.certPem),
      isSetUp,
    })),
    ...examineProxies(environment, { address, isRunning: listener.kind === 'emulator', served }),
    ...(await examineSystemProxy(address)),
    ...(await examineClocks(url, listener.kind, world)),
  ]
}

function examineNode(version: string): MachineFinding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const ok = major > 20 || (major === 20 && minor >= 19)
  const finding = { id: 'node', ok, says: `Node ${version}` }
  return ok ? finding : { ...finding, fix: 'Install Node 20.19 or later.' }
}

async function listenerAt(address: URL): Promise<{ kind: PortListener; says: string }> {
  const answer = await ask({ url: address.href }, 'health')
  const health = control.health.result().safeParse(answer?.body)
  if (health.success) {
    const { profile, seed } = health.data
    return { kind: 'emulator', says: `an emulator, profile ${profile}, seed ${seed}` }
  }
  if (answer !== undefined || (await listens(address))) {
    return { kind: 'other', says: 'something that is not an Access emulator' }
  }
  return { kind: 'none', says: 'nothing' }
}

function listens(address: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (found: boolean) => {
      socket.destroy()
      resolve(found)
    }
    const socket = connect({ ...endpointOf(address), timeout: 2_000 })
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}

function examinePort({ host }: URL, kind: PortListener, says: string): MachineFinding {
  const finding = { id: 'port', ok: kind !== 'other', says: `On ${host}: ${says}.` }
  if (kind !== 'other') return finding
  return {
    ...finding,
    fix: `Stop it, or use another port: access-emulator start --port 0 (any free one); \`run\` does so by default.`,
  }
}

function examineAuthority(
  root: Awaited<ReturnType<typeof readRoots>>[number] | undefined,
  nowMs: number,
): MachineFinding {
  if (root === undefined) {
    return { id: 'ca', ok: true, says: 'No local authority yet; it is created on first use.' }
  }
  const begins = Date.parse(new X509Certificate(root.certPem).validFrom)
  const ends = new Date(root.notAfterMs).toISOString().slice(0, 10)
  const finding = {
    id: 'ca',
    ok: begins <= nowMs,
    says: `The local authority ${root.fingerprint256.slice(0, 23)}… is valid until ${ends}; \`run\` and \`env\` make tools trust it.`,
  }
  if (finding.ok) return finding
  return {
    ...finding,
    says: `The local authority is not valid before ${new Date(begins).toISOString()}: the clock has been set back since it was made.`,
    fix: 'Set the clock. If it is right, the next start makes a new authority.',
  }
}

async function examineSame(address: URL, certPem: string): Promise<MachineFinding> {
  const id = 'ca-of-emulator'
  if (await hasSameAuthority(address, certPem)) {
    return { id, ok: true, says: `The emulator at ${address.host} uses that authority.` }
  }
  const says = `The emulator at ${address.host} uses a different authority: that of another user, machine or container.`
  return { id, ok: false, says, fix: 'Start it as this user, with the same XDG_STATE_HOME.' }
}

/** The names of the emulator's accounts; without an answer, only those that every emulator serves. */
async function servedNames(url: string): Promise<readonly string[]> {
  const answer = await ask({ url }, 'seed')
  const seed = control.getSeed.result().safeParse(answer?.body)
  const accounts = seed.success ? seed.data.accounts : []
  return [
    'api.cloudflare.com',
    ...accounts.flatMap(({ auth_domain, applications, zones }) => [
      auth_domain,
      ...zones.map(({ name }) => name),
      ...applications.flatMap(({ domain }) => domain?.split('/')[0] ?? []),
    ]),
  ].filter((name) => name !== '')
}

/** More than network delay and file system rounding account for. */
const allowedMs = 60_000

async function examineClocks(
  url: string,
  kind: PortListener,
  world: Machine['world'],
): Promise<MachineFinding[]> {
  const findings = [clockFinding('clock', 'the file system', await fileTime(), world.wallNow())]
  if (kind !== 'emulator') return findings
  const answer = await ask({ url }, 'clock')
  const clock = control.getClock.result().safeParse(answer?.body)
  if (!clock.success) return findings
  const { mode, now } = clock.data
  const its =
    mode === 'real'
      ? clockFinding('emulator-clock', 'the emulator', Date.parse(now), world.wallNow())
      : {
          id: 'emulator-clock',
          ok: true,
          says: `The emulator's clock is ${mode}, at ${now}; whatever verifies its tokens must use that time.${ofCloudflared(Date.parse(now) - world.wallNow())}`,
        }
  return [...findings, its]
}

/** What a moved clock does to cloudflared, which judges the tokens that it holds by the clock of its machine. */
function ofCloudflared(aheadMs: number): string {
  if (Math.abs(aheadMs) <= allowedMs) return ''
  const what =
    aheadMs < 0
      ? 'refuses tokens that have expired by that ("token for provided application was empty")'
      : 'takes tokens that have expired here for good, until the edge refuses them'
  return ` cloudflared uses the clock of this machine: it ${what}.`
}

function clockFinding(id: string, other: string, theirsMs: number, oursMs: number): MachineFinding {
  const apart = Math.round(Math.abs(theirsMs - oursMs) / 1_000)
  const ok = apart * 1_000 <= allowedMs
  const finding = {
    id,
    ok,
    says: `This machine's clock and that of ${other} are ${apart} s apart.`,
  }
  if (ok) return finding
  return {
    ...finding,
    fix: 'Synchronise both with NTP: certificates and tokens are checked against them.',
  }
}

/** The modification time of a file created now, in milliseconds. */
async function fileTime(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'access-emulator-'))
  try {
    return (await stat(folder)).mtimeMs
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
