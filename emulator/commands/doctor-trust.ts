/** Which tools trust the local authority, by the variables and files that each of them reads. */
import { readFile } from 'node:fs/promises'
import type { MachineFinding } from './finding.ts'
import { systemRoots } from './trust-files.ts'

interface Tool {
  readonly name: string
  /** The first that is set names the roots. */
  readonly variables: readonly string[]
  /** Whether it reads the system's where none is set. */
  readonly system: boolean
}

const tools: readonly Tool[] = [
  { name: 'curl', variables: ['CURL_CA_BUNDLE', 'SSL_CERT_FILE'], system: true },
  { name: 'node', variables: ['NODE_EXTRA_CA_CERTS'], system: false },
  { name: 'python', variables: ['SSL_CERT_FILE'], system: true },
  { name: 'requests', variables: ['REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'], system: false },
  { name: 'git', variables: ['GIT_SSL_CAINFO'], system: true },
  { name: 'go', variables: ['SSL_CERT_FILE'], system: true },
]

/** Variables that switch verification off, with the values that do. */
const off: Readonly<Record<string, RegExp>> = {
  NODE_TLS_REJECT_UNAUTHORIZED: /^0$/,
  GIT_SSL_NO_VERIFY: /^(?!0$|false$|$)/i,
  PYTHONHTTPSVERIFY: /^0$/,
}

interface Authorities {
  /** The authority that `run` and `env` point at, good for any name. */
  readonly certPem: string | undefined
  /** Those that `ca` made to be imported, each held to its names. */
  readonly constrained: readonly string[]
  /** The proxy variables lead to the emulator, so that tools will meet its certificates. */
  readonly isSetUp: boolean
}

export async function examineTrust(
  environment: NodeJS.ProcessEnv,
  authorities: Authorities,
): Promise<MachineFinding[]> {
  const system = authorities.certPem === undefined ? '' : await systemRoots()
  const found = tools.map((tool) => examineTool(tool, { environment, ...authorities, system }))
  return [
    ...(await Promise.all(found)),
    ...examineSystem(authorities.certPem, system),
    ...examineSwitches(environment),
  ]
}

interface Surroundings extends Authorities {
  readonly environment: NodeJS.ProcessEnv
  readonly system: string
}

/** Imported, it would let whoever reads its key pretend to be any site. */
export function examineSystem(certPem: string | undefined, system: string): MachineFinding[] {
  if (certPem === undefined || !body(system).includes(body(certPem))) return []
  const says = 'The system trusts the authority of `run` and `env`, which is good for any name.'
  const fix = 'Remove it, and import the one that `access-emulator ca` makes for the names served.'
  return [{ id: 'authority-imported', ok: false, says, fix }]
}

const setUp = 'access-emulator run -- CMD, or eval "$(access-emulator env)" in this shell.'

async function examineTool(tool: Tool, around: Surroundings): Promise<MachineFinding> {
  const { environment, certPem, isSetUp } = around
  const id = `trust-${tool.name}`
  const variable = tool.variables.find((name) => environment[name])
  const path = variable === undefined ? undefined : environment[variable]
  const text =
    path === undefined
      ? tool.system
        ? around.system
        : ''
      : await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) {
    const says = `${variable} names ${path}, which cannot be read: ${tool.name} fails on every https address.`
    return { id, ok: false, says, fix: `unset ${variable}, or again: ${setUp}` }
  }
  const by = variable ?? (tool.system ? "the system's roots" : 'its own roots')
  const trusted = body(text)
  const ours = [...(certPem === undefined ? [] : [certPem]), ...around.constrained]
  if (ours.some((each) => trusted.includes(body(each)))) {
    return { id, ok: true, says: `${tool.name} trusts the local authority, by ${by}.` }
  }
  const says = `${tool.name} does not trust the local authority (${by})`
  return isSetUp
    ? { id, ok: false, says: `${says}.`, fix: `Again: ${setUp}` }
    : { id, ok: true, says: `${says}: \`run\` and \`env\` make it.` }
}

/** Line ends and what stands between certificates differ from file to file. */
function body(pem: string): string {
  return pem.replaceAll(/\s+/g, '')
}

function examineSwitches(environment: NodeJS.ProcessEnv): MachineFinding[] {
  return Object.entries(off).flatMap(([name, value]) => {
    const given = environment[name]
    if (given === undefined || !value.test(given)) return []
    const says = `${name}=${given} switches the verification of certificates off, of real ones too.`
    return [{ id: 'verification', ok: false, says, fix: `unset ${name}` }]
  })
}
