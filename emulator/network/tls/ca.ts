/** The local certificate authority: created on first use in the user's state folder, and nowhere else. */
import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { World } from '../../world/world.ts'
import { openRoot, publishCertificate, type Root, readRoots } from './ca-store.ts'
import { crossCertificate, leafCertificate, newPair, newRoot } from './x509.ts'

export interface CaOptions {
  /** The folder that holds `access-emulator/`. Default: `XDG_STATE_HOME`. */
  readonly stateHome?: string | undefined
  readonly world: Pick<World, 'wallNow'>
}

export interface Trust {
  /** The file of the certificate to trust, PEM. */
  readonly certPath: string
  /** The file of the key, mode 0600. Also holds the certificate, so that the two always match. */
  readonly keyPath: string
  readonly certPem: string
  /** SHA-256 of the certificate: upper-case hex pairs separated by colons. */
  readonly fingerprint256: string
  /** Milliseconds of wall time. */
  readonly notAfterMs: number
}

export interface LeafCertificate {
  /** The server's certificate, then the cross-certificates to roots made by `systemRoot`. */
  readonly certPem: string
  readonly keyPem: string
  /** Milliseconds of wall time. */
  readonly notAfterMs: number
}

export interface Ca extends Trust {
  /** Changes whenever the set of roots changes: this authority's own, or those made by `systemRoot`. */
  readonly signers: string
  /** Issues a certificate for a DNS name; the one for `localhost` also covers the loopback addresses. */
  leafFor(name: string): Promise<LeafCertificate>
}

export interface SystemRoot extends Trust {
  /** The names that its name constraints permit, with all their subdomains. */
  readonly names: readonly string[]
}

const hour = 3_600_000
const day = 24 * hour
const lifetimes = { root: 90 * day, systemRoot: 365 * day, leaf: 7 * day }
/** Allows for small differences between the clocks of machines and containers. */
const backdated = hour
/** A root must outlive every leaf; twice a leaf's lifetime leaves a week in which an old process can still serve. */
const renewBefore = 2 * lifetimes.leaf

const systemFamily = 'system-'

/** `$XDG_STATE_HOME/access-emulator`, or `~/.local/state/access-emulator`. */
export function stateFolder(stateHome?: string): string {
  const { XDG_STATE_HOME: xdg } = process.env
  // The XDG specification requires ignoring a relative path.
  const home = stateHome ?? (xdg !== undefined && isAbsolute(xdg) ? xdg : undefined)
  return join(home ?? join(homedir(), '.local', 'state'), 'access-emulator')
}

/** Opens the authority; creates it if there is none, or if it expires within two weeks. */
export async function openCa({ stateHome, world }: CaOptions): Promise<Ca> {
  const folder = join(stateFolder(stateHome), 'ca')
  const root = await openRoot({
    folder,
    family: 'ca',
    nowMs: world.wallNow(),
    renewBeforeMs: renewBefore,
    make: () => makeRoot(world, lifetimes.root, 'Access emulator local CA'),
  })
  const trust = await published(root, join(folder, 'ca.pem'))
  const pair = await newPair()
  const others = await readRoots(folder, systemFamily, world.wallNow())

  return {
    ...trust,
    signers: [root, ...others].map((each) => each.fingerprint256).join(),
    async leafFor(name) {
      const nowMs = world.wallNow()
      const notAfterMs = Math.min(nowMs - backdated + lifetimes.leaf, root.notAfterMs)
      const times = { notBeforeMs: nowMs - backdated, notAfterMs }
      const names = name === 'localhost' ? ['localhost', '127.0.0.1', '::1'] : [name]
      const systemRoots = await readRoots(folder, systemFamily, nowMs)
      const chain = await Promise.all([
        leafCertificate(pair, root, { ...times, names }),
        ...systemRoots.map((each) => {
          const ends = Math.min(notAfterMs, each.notAfterMs)
          return crossCertificate(root, each, { ...times, notAfterMs: ends })
        }),
      ])
      return { certPem: `${chain.join('\n')}\n`, keyPem: pair.keyPem, notAfterMs }
    },
  }
}

/**
 * A root to trust system-wide, valid only for `names` and their subdomains. The emulator's certificates chain to it too, for
 * as long as its files stay in the folder.
 *
 * @throws RangeError if a name is not a DNS name, or is a whole top-level domain
 */
export async function systemRoot(
  { stateHome, world }: CaOptions,
  names: readonly string[],
): Promise<SystemRoot> {
  const held = [...new Set(names.map(constraint))].sort()
  if (held.length === 0) throw new RangeError('Name the hosts that the root should be valid for.')
  const folder = join(stateFolder(stateHome), 'ca')
  const digest = createHash('sha256').update(held.join()).digest('hex').slice(0, 16)
  const family = `${systemFamily}${digest}`
  const root = await openRoot({
    folder,
    family,
    nowMs: world.wallNow(),
    renewBeforeMs: renewBefore,
    make: () => makeRoot(world, lifetimes.systemRoot, 'Access emulator system CA', held),
  })
  return { ...(await published(root, join(folder, `${family}.pem`))), names: held }
}

async function makeRoot(
  world: Pick<World, 'wallNow'>,
  lifetime: number,
  title: string,
  names?: readonly string[],
) {
  const pair = await newPair()
  const notBeforeMs = world.wallNow() - backdated
  // Two roots with the same name but different keys confuse verifiers; part of the key id makes names unique.
  const mark = pair.keyId.slice(0, 8)
  const certPem = await newRoot(pair, {
    commonName: `${title} ${mark}`,
    notBeforeMs,
    notAfterMs: notBeforeMs + lifetime,
    ...(names === undefined ? {} : { names }),
  })
  return { keyPem: pair.keyPem, certPem: `${certPem}\n` }
}

async function published(root: Root, certPath: string): Promise<Trust> {
  const { certPem, keyPath, fingerprint256, notAfterMs } = root
  await publishCertificate(certPath, certPem)
  return { certPath, keyPath, certPem, fingerprint256, notAfterMs }
}

/** A DNS name in the form of a name constraint, without `*.`: a constraint always covers subdomains. */
function constraint(text: string): string {
  const name = text.trim().toLowerCase().replace(/^\*\./, '').replace(/\.$/, '')
  const isName =
    /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/
  const isBroad = !name.includes('.') && name !== 'localhost'
  if (!isName.test(name) || /^[\d.]+$/.test(name) || isBroad) {
    throw new RangeError(
      `"${text}" cannot constrain a root. Give a DNS name of two labels or more, such as example.com.`,
    )
  }
  return name
}
