/** What the client talks to: real Cloudflare, or an emulator that stands in for every public host name. */

import { isLoopback } from '../../contracts/http/loopback.ts'
import { type Environment, readVariable, variables } from '../transport/environment.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { networkFetch } from '../transport/network-fetch.ts'
import { pinnedFetch } from '../transport/pinned-fetch.ts'

export type TargetName = 'emulator' | 'live'

export interface Target {
  readonly name: TargetName
  /** `https://api.cloudflare.com/client/v4` on both targets: only the connection differs. */
  readonly apiUrl: string
  readonly fetch: typeof fetch
  /** Where the emulator listens; undefined for real Cloudflare. */
  readonly address?: URL | undefined
}

export interface TargetOptions {
  /** Default `ACCESS_TARGET`; without that, `emulator` if its address is given, else `live`. */
  readonly target?: TargetName | undefined
  /** Address of the emulator; default `ACCESS_EMULATOR_URL`, else `http://127.0.0.1:7788`. */
  readonly emulator?: string | URL | undefined
  /** Replaces the target's own `fetch`. */
  readonly fetch?: typeof fetch | undefined
  /** Default `process.env`. */
  readonly env?: Environment | undefined
}

const apiUrl = 'https://api.cloudflare.com/client/v4'
const usualAddress = 'http://127.0.0.1:7788'

/**
 * The target selected by options and environment.
 * @throws AccessUsageError if the name is unknown or the address is not an http or https URL
 *
 * @example
 * targetFrom() // from ACCESS_TARGET and ACCESS_EMULATOR_URL, else live
 * targetFrom({ emulator: 'http://127.0.0.1:7788' })
 */
export function targetFrom({ target, emulator, fetch, env }: TargetOptions = {}): Target {
  const address = emulator ?? readVariable(env, 'emulator')
  const named = target ?? readVariable(env, 'target')
  const name = named ?? (address === undefined ? 'live' : 'emulator')
  if (name === 'live') {
    return { name, apiUrl, fetch: fetch ?? networkFetch(env) }
  }
  if (name === 'emulator') {
    const listening = addressFrom(address ?? usualAddress)
    return { name, apiUrl, fetch: fetch ?? pinnedFetch(listening), address: listening }
  }
  throw new AccessUsageError({
    what: `"${name}" is not a target.`,
    todo: `Choose "emulator" or "live" by option, flag or ${variables.target}.`,
  })
}

function addressFrom(given: string | URL): URL {
  const text = String(given)
  if (URL.canParse(text)) {
    const url = new URL(text)
    if (url.protocol === 'http:' || url.protocol === 'https:') return url
  }
  throw new AccessUsageError({
    what: `"${text}" is not the address of an emulator.`,
    todo: `Give a URL like ${usualAddress} by option, flag or ${variables.emulator}.`,
  })
}

/**
 * Parses the URL of an application and checks that a secret may be sent to it.
 * @throws AccessUsageError if it is not a URL, or would carry the secret in clear text over a network
 */
export function applicationUrl(given: string | URL, target: Pick<Target, 'name'>): URL {
  const text = String(given)
  if (!URL.canParse(text)) {
    throw new AccessUsageError({
      what: 'The URL of the application is malformed.',
      todo: 'Give a full URL, like https://app.example.com/.',
    })
  }
  const url = new URL(text)
  const isNear = target.name === 'emulator' || isLoopback(url.hostname)
  const isPlain = url.protocol === 'http:' && isNear
  if (url.protocol === 'https:' || isPlain) return url
  throw new AccessUsageError({
    what: `${url.protocol}//${url.host} is not an https URL.`,
    why: 'The client secret would travel in clear text.',
    todo: 'Use the https URL.',
  })
}
