/** How the worker's browser comes to trust the emulator: an authority of its own, gone with the worker. */
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCa, systemRoot } from '../../network/tls/ca.ts'
import { createWorld } from '../../world/world.ts'

export interface BrowserTrust {
  /** For the emulator's option of that name. */
  readonly stateHome: string
  /**
   * Certificates with the authority's key in their chain are valid. With `ignoreHTTPSErrors` alone, Chromium opens pages, but
   * registers no service worker.
   */
  readonly chromiumFlag: string
  remove(): Promise<void>
}

export async function makeTrust(): Promise<BrowserTrust> {
  const stateHome = await mkdtemp(join(tmpdir(), 'access-emulator-'))
  const options = { stateHome, world: createWorld() }
  const { certPem } = await openCa(options)
  // Only because of this second root is the key of the first in the chain that servers send: that of a cross-certificate.
  await systemRoot(options, ['localhost'])
  const key = new X509Certificate(certPem).publicKey.export({ type: 'spki', format: 'der' })
  const digest = createHash('sha256').update(key).digest('base64')
  return {
    stateHome,
    chromiumFlag: `--ignore-certificate-errors-spki-list=${digest}`,
    remove: () => rm(stateHome, { recursive: true, force: true }),
  }
}
