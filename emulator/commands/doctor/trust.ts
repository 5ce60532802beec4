/** Which tools trust the local authority, judged by the variables and files that each one reads. */
import { readFile } from 'node:fs/promises'
import { systemRoots } from '../trust-files.ts'
import { type MachineFinding, setUp } from './finding.ts'

interface Tool {
  readonly name: string
  /** The first one set names the file of trusted roots. */
  readonly variables: readonly string[]
  /** Whether the tool falls back to the system's roots. */
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

/** Variables that turn verification off, and the values that do so. */
const off: Readonly<Record<string, RegExp>> = {
  NODE_TLS_REJECT_UNAUTHORIZED: /^0$/,
  GIT_SSL_NO_VERIFY: /^(?!0$|false$|$)/i,
  PYTHONHTTPSVERIFY: /^0$/,
}

interface Authorities {
  /** The authority that `run` and `env` point at; valid for any name. */
  readonly certPem: string | undefined
  /** Those that `ca` made for importing, each constrained to its names. */
  readonly constrained: readonly string[]
  /** The proxy variables point to the emulator, so tools will see its certificates. */
  readonly isSetUp: boolean
}

export async function examineTrust(
  environment: NodeJS.ProcessEnv,
  authorities: Authorities,
): Promise<MachineFinding[]> {
  const system = authorities.certPem === undefined ? '' : await systemRoots()
  const findings = tools.map((tool) => examineTool(tool, { environment, ...authorities, system }))
  return [
    ...(await Promise.all(findings)),
    ...examineSystem(authorities.certPem, system),
    ...examineSwitches(environment),
  ]
}

interface Surroundings extends Authorities {
  readonly environment: NodeJS.ProcessEnv
  readonly system: string
}

/** Once imported, it would let anyone who reads its key impersonate any site. */
export function examineSystem(certPem: string | undefined, system: string): MachineFinding[] {
  if (certPem === undefined || !body(system).includes(body(certPem))) return []
  const says = 'The system trusts the authority of `run` and `env`, which is valid for any name.'
  const fix =
    'Remove it, and import the one that `access-emulator ca` makes for the names served instead.'
  return [{ id: 'authority-imported', ok: false, says, fix }]
}

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
    const says = `${variable} names ${path}, which cannot be read: ${tool.name} fails on every https URL.`
    return { id, ok: false, says, fix: `unset ${variable}, or set up again: ${setUp}` }
  }
  const by = variable ?? (tool.system ? "the system's roots" : 'its own roots')
  const trusted = body(text)
  const ours = [...(certPem === undefined ? [] : [certPem]), ...around.constrained]
  if (ours.some((each) => trusted.includes(body(each)))) {
    return { id, ok: true, says: `${tool.name} trusts the local authority (${by}).` }
  }
  const says = `${tool.name} does not trust the local authority (${by})`
  return isSetUp
    ? { id, ok: false, says: `${says}.`, fix: `Set up again: ${setUp}` }
    : { id, ok: true, says: `${says}; \`run\` and \`env\` make it do so.` }
}

/** Without white space: line endings and what separates certificates differ from file to file. */
function body(pem: string): string {
  return pem.replaceAll(/\s+/g, '')
}

function examineSwitches(environment: NodeJS.ProcessEnv): MachineFinding[] {
  return Object.entries(off).flatMap(([name, value]) => {
    const current = environment[name]
    if (current === undefined || !value.test(current)) return []
    const says = `${name}=${current} turns off certificate verification, for real sites too.`
    return [{ id: 'verification', ok: false, says, fix: `unset ${name}` }]
  })
}
