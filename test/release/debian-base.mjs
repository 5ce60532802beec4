/** A base image of Debian's packages and Node's from npm, for places that reach no image registry. Stands in for node:20-slim. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { install, nodeAt } from './nodes.mjs'

/**
 * @param {string} tag
 * @param {(program: string, args: readonly string[]) => string} must runs a program that has to succeed
 */
export function debianBase(tag, must) {
  const folder = mkdtempSync(join(tmpdir(), 'debian-base-'))
  try {
    console.log('A base of Debian’s packages is made by debootstrap; that takes minutes')
    must('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', folder])
    addNode(folder, must)
    const container = must('buildah', ['from', 'scratch'])
    // The build asks npm's registry: with the authorities that this machine trusts.
    must('buildah', ['add', '--quiet', container, folder, '/'])
    const certificates = '/etc/ssl/certs/ca-certificates.crt'
    must('buildah', ['config', '--env', `NODE_EXTRA_CA_CERTS=${certificates}`, container])
    must('buildah', [
      'config',
      '--env',
      'PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
      container,
    ])
    must('buildah', ['commit', '--quiet', '--rm', container, tag])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function addNode(folder, must) {
  const reason = install('20')
  if (reason !== undefined) throw new Error(`no Node for the base image: ${reason}`)
  const local = join(folder, 'usr', 'local')
  mkdirSync(join(local, 'bin'), { recursive: true })
  copyFileSync(nodeAt('20'), join(local, 'bin', 'node'))
  const npm = dirname(dirname(realpathSync(must('sh', ['-c', 'command -v npm']))))
  cpSync(npm, join(local, 'lib', 'node_modules', 'npm'), { recursive: true })
  for (const command of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${command}-cli.js`, join(local, 'bin', command))
  }
  const trusted = '/etc/ssl/certs/ca-certificates.crt'
  if (existsSync(trusted)) copyFileSync(trusted, join(folder, trusted))
  must('chroot', [folder, 'useradd', '--create-home', '--uid', '1000', '--user-group', 'node'])
}
