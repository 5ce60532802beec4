/** The environment in which programs come to us under the real names, and trust us: what is set, and what is taken away. */
import { delimiter } from 'node:path'
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import type { TrustFiles } from './trust-files.ts'

export interface WayOptions {
  /** Where the proxy listens. */
  readonly url: string
  readonly files: TrustFiles
  /** The script that Node runs before a program's own. */
  readonly preload: string
}

export interface EnvironmentOptions extends WayOptions {
  /** Whose ids and secrets programs get; the seed may have no account. */
  readonly account: SeedAccount | undefined
  /** Leave the Cloudflare variables that are set as they are. */
  readonly keepEnv: boolean
  /** Variables that the caller asked for by name. */
  readonly mapped?: Readonly<Record<string, string>>
}

/** Names to values; undefined is taken away. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Loopback: the emulator's own address, and `.localhost`. httpx raises an error where `[::1]` is among them. */
const direct = 'localhost,.localhost,127.0.0.1,::1'

/** Variables that name a bundle of roots for one tool, and would win over the general ones where they are set. */
const bundlesOfOthers = [
  'CARGO_HTTP_CAINFO',
  'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  'HTTPLIB2_CA_CERTS',
  'NIX_SSL_CERT_FILE',
  'PIP_CERT',
]

/** Lists the names that were set, for `env --unset` and for a second `env` or `run` below this one. */
const variables = 'ACCESS_EMULATOR_VARIABLES'

/** Such as CLOUDFLARE_API_KEY, CF_Token, TUNNEL_SERVICE_TOKEN_ID. */
const credential =
  /^(CLOUDFLARE|CF|TUNNEL)_(.*_)?(TOKEN|KEY|SECRET|EMAIL|PASSWORD|CLIENT)(_(ID|FILE))?$/i

/** What changes in `inherited` for programs that are to know an emulator's account, and nothing of the caller's. */
export function environmentFor(
  inherited: NodeJS.ProcessEnv,
  { account, keepEnv, mapped, ...way }: EnvironmentOptions,
): Environment {
  const given = Object.entries(cloudflare(inherited, account))
  const kept = given.filter(([name]) => !keepEnv || inherited[name] === undefined)
  const change = {
    ...wayThrough(inherited, way),
    ...Object.fromEntries(kept),
    ...whereUnset(inherited, account),
    ...mapped,
    ACCESS_EMULATOR_URL: way.url,
  }
  const set = Object.entries(change).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  return { ...change, [variables]: [...set, variables].join(' ') }
}

/** What changes in `inherited` so that connections come to the proxy, and its certificates are trusted. */
export function wayThrough(
  inherited: NodeJS.ProcessEnv,
  { url, files, preload }: WayOptions,
): Environment {
  return {
    ...bothCases({ HTTPS_PROXY: url, HTTP_PROXY: url, ALL_PROXY: url, NO_PROXY: direct }),
    ...Object.fromEntries(
      bundlesOfOthers.flatMap((name) =>
        inherited[name] === undefined ? [] : [[name, files.bundle]],
      ),
    ),
    SSL_CERT_FILE: files.bundle,
    CURL_CA_BUNDLE: files.bundle,
    REQUESTS_CA_BUNDLE: files.bundle,
    GIT_SSL_CAINFO: files.bundle,
    AWS_CA_BUNDLE: files.bundle,
    DENO_CERT: files.extra,
    NODE_EXTRA_CA_CERTS: files.extra,
    NODE_OPTIONS: nodeOptions(inherited.NODE_OPTIONS, preload),
    CURL_HOME: files.curlHome,
    WGETRC: files.wgetrc,
    JAVA_TOOL_OPTIONS: javaOptions(inherited.JAVA_TOOL_OPTIONS, url, files.javaTrustStore),
    PHP_INI_SCAN_DIR: phpScanDir(inherited.PHP_INI_SCAN_DIR, files),
  }
}

/** Whatever credential was there goes: it must not reach the emulator, nor the emulator's the real API. */
function cloudflare(inherited: NodeJS.ProcessEnv, account: SeedAccount | undefined): Environment {
  return {
    ...Object.fromEntries(credentialNames(inherited).map((name) => [name, undefined])),
    ...official(account),
  }
}

/** Official names first, then those that scripts in the wild and wrangler read. */
function official(account: SeedAccount | undefined): Environment {
  const api = 'https://api.cloudflare.com/client/v4'
  const [pair] = account?.service_tokens ?? []
  const [zone] = account?.zones ?? []
  return {
    CLOUDFLARE_BASE_URL: api,
    CLOUDFLARE_API_BASE_URL: api,
    CLOUDFLARE_ACCOUNT_ID: account?.id,
    CLOUDFLARE_API_TOKEN: account?.api_token,
    CLOUDFLARE_ZONE_ID: zone?.id,
    CF_ACCESS_CLIENT_ID: pair?.client_id,
    CF_ACCESS_CLIENT_SECRET: pair?.client_secret,
    CF_ACCOUNT_ID: account?.id,
    CF_API_TOKEN: account?.api_token,
    CF_ZONE_ID: zone?.id,
    CLOUDFLARE_ACCESS_CLIENT_ID: pair?.client_id,
    CLOUDFLARE_ACCESS_CLIENT_SECRET: pair?.client_secret,
  }
}

/** What verifiers of the application token read. The names are not Cloudflare's alone, so a caller's own stay. */
function whereUnset(inherited: NodeJS.ProcessEnv, account: SeedAccount | undefined): Environment {
  const own = new Set(ownNames(inherited))
  const { auth_domain: team = '', applications = [] } = account ?? {}
  const found = {
    TEAM_DOMAIN: team === '' ? undefined : `https://${team}`,
    POLICY_AUD: applications[0]?.aud,
  }
  return Object.fromEntries(
    Object.entries(found).filter(([name]) => inherited[name] === undefined || own.has(name)),
  )
}

/** The variables that an environment made here holds; none where it was not made here. */
export function ownNames(inherited: NodeJS.ProcessEnv): string[] {
  return (inherited[variables] ?? '').split(' ').filter((name) => inherited[name] !== undefined)
}

/** Variables that hold a credential of Cloudflare's, by name. */
export function credentialNames(inherited: NodeJS.ProcessEnv): string[] {
  return Object.keys(inherited).filter((name) => credential.test(name))
}

/** What a caller is told of Cloudflare variables that programs get with another value, or not at all. */
export function notice(inherited: NodeJS.ProcessEnv, change: Environment): string | undefined {
  const known = official(undefined)
  const names = Object.keys(change)
    .filter((name) => credential.test(name) || name in known)
    .filter((name) => inherited[name] !== undefined && inherited[name] !== change[name])
    .sort()
  if (names.length === 0) return undefined
  const replaced = names.filter((name) => change[name] !== undefined)
  const removed = names.filter((name) => change[name] === undefined)
  const said = [
    ...(replaced.length === 0 ? [] : [`Replaced by the emulator's: ${replaced.join(', ')}.`]),
    ...(removed.length === 0 ? [] : [`Not handed on: ${removed.join(', ')}.`]),
    'To hand yours to the command, give --keep-env; to set a name to another value of the seed, give --env NAME=PATH.',
  ]
  return said.join(' ')
}

/** curl reads `http_proxy` in lower case only, others one or the other. */
function bothCases(variables: Readonly<Record<string, string>>): Environment {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => [
      [name, value],
      [name.toLowerCase(), value],
    ]),
  )
}

function nodeOptions(before: string | undefined, preload: string): string {
  const quoted = `"${preload.replaceAll(/["\\]/g, '\\$&')}"`
  const option = `--require=${/[\s"\\]/.test(preload) ? quoted : preload}`
  if (before === undefined || before.trim() === '') return option
  return before.includes(option) ? before : `${before} ${option}`
}

/** Java takes the last of two options of one name, and reads quotes as a shell does. */
function javaOptions(before: string | undefined, url: string, trustStore: string): string {
  const { hostname, port } = new URL(url)
  const proxy = ['http', 'https'].flatMap((scheme) => [
    `-D${scheme}.proxyHost=${hostname.replaceAll(/[[\]]/g, '')}`,
    `-D${scheme}.proxyPort=${port}`,
  ])
  const ours = [
    ...proxy,
    '-Dhttp.nonProxyHosts=localhost|*.localhost|127.*|[::1]',
    `-Djavax.net.ssl.trustStore=${/[\s']/.test(trustStore) ? `"${trustStore}"` : trustStore}`,
    '-Djavax.net.ssl.trustStoreType=PKCS12',
  ]
  const names = ours.map((option) => option.slice(0, option.indexOf('=') + 1))
  const kept = (before ?? '').match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []
  return [...kept.filter((option) => !names.some((name) => option.startsWith(name))), ...ours].join(
    ' ',
  )
}

/** An empty entry stands for the folder that PHP was built with; one that is set empty, for none. */
function phpScanDir(before: string | undefined, { parent, phpIni }: TrustFiles): string {
  const kept = before?.split(delimiter).filter((folder) => !folder.startsWith(parent)) ?? ['']
  return before === '' ? phpIni : [...kept, phpIni].join(delimiter)
}
