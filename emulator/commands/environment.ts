/** The environment in which programs reach the emulator under the real names and trust it: what to set, what to unset. */
import { delimiter } from 'node:path'
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import type { TrustFiles } from './trust-files.ts'

export interface WayOptions {
  /** Where the proxy listens. */
  readonly url: string
  readonly files: TrustFiles
  /** Path of the script that Node runs before the program. */
  readonly preload: string
}

export interface EnvironmentOptions extends WayOptions {
  /** The account whose ids and secrets programs get; undefined if the seed has none. */
  readonly account: SeedAccount | undefined
  /** Keep Cloudflare variables that are already set. */
  readonly keepEnv: boolean
  /** From `--env`: names to values. */
  readonly mapped?: Readonly<Record<string, string>>
}

/** Names to values; undefined means unset. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Loopback, where the emulator itself listens, and `.localhost`. No `[::1]`: httpx raises an error on it. */
const direct = 'localhost,.localhost,127.0.0.1,::1'

/** Each names a root bundle for one tool and, if set, takes precedence over the general variables. */
const bundlesOfOthers = [
  'CARGO_HTTP_CAINFO',
  'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  'HTTPLIB2_CA_CERTS',
  'NIX_SSL_CERT_FILE',
  'PIP_CERT',
]

/** Lists the names we set, for `env --unset` and for an `env` or `run` inside this environment. */
const variables = 'ACCESS_EMULATOR_VARIABLES'

/** Matches CLOUDFLARE_API_KEY, CF_Token, TUNNEL_SERVICE_TOKEN_ID and the like. */
const credential =
  /^(CLOUDFLARE|CF|TUNNEL)_(.*_)?(TOKEN|KEY|SECRET|EMAIL|PASSWORD|CLIENT)(_(ID|FILE))?$/i

/** What to change in `inherited` so that programs get the emulator's account and none of the caller's credentials. */
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

/** What to change in `inherited` so that programs connect through the proxy and trust its certificates. */
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

/** Unsets every inherited credential: it must not reach the emulator, nor the emulator's the real API. */
function cloudflare(inherited: NodeJS.ProcessEnv, account: SeedAccount | undefined): Environment {
  return {
    ...Object.fromEntries(credentialNames(inherited).map((name) => [name, undefined])),
    ...official(account),
  }
}

/** Official names first, then those that wrangler and scripts in the wild read. */
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

/** Read by code that verifies application tokens. The names are not only Cloudflare's, so the caller's values win. */
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

/** The variables that an earlier `env` or `run` set; empty if there was none. */
export function ownNames(inherited: NodeJS.ProcessEnv): string[] {
  return (inherited[variables] ?? '').split(' ').filter((name) => inherited[name] !== undefined)
}

/** The names of variables that look like Cloudflare credentials. */
export function credentialNames(inherited: NodeJS.ProcessEnv): string[] {
  return Object.keys(inherited).filter((name) => credential.test(name))
}

/** A notice about the caller's Cloudflare variables that programs get with another value, or not at all. */
export function notice(inherited: NodeJS.ProcessEnv, change: Environment): string | undefined {
  const known = official(undefined)
  const names = Object.keys(change)
    .filter((name) => credential.test(name) || name in known)
    .filter((name) => inherited[name] !== undefined && inherited[name] !== change[name])
    .sort()
  if (names.length === 0) return undefined
  const replaced = names.filter((name) => change[name] !== undefined)
  const removed = names.filter((name) => change[name] === undefined)
  const sentences = [
    ...(replaced.length === 0 ? [] : [`Replaced by the emulator's: ${replaced.join(', ')}.`]),
    ...(removed.length === 0 ? [] : [`Not passed on: ${removed.join(', ')}.`]),
    'Use --keep-env to pass yours on, or --env NAME=PATH to set a variable to another value of the seed.',
  ]
  return sentences.join(' ')
}

/** curl reads `http_proxy` in lower case only; other tools read one or the other. */
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

/** When an option is repeated, Java uses the last one. It reads quotes as a shell does. */
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

/** An empty entry means the folder that PHP was built with; a variable set to nothing means no folder at all. */
function phpScanDir(before: string | undefined, { parent, phpIni }: TrustFiles): string {
  const kept = before?.split(delimiter).filter((folder) => !folder.startsWith(parent)) ?? ['']
  return before === '' ? phpIni : [...kept, phpIni].join(delimiter)
}
