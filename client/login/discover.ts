/** Finds out, without credentials, how to sign in to the application behind a URL. */
import { decodeJwt } from 'jose'
import { z } from 'zod'
import { once } from '../../contracts/declaration/endpoint.ts'
import { parseJson } from '../../contracts/declaration/json.ts'
import { metadataHeaders } from '../../contracts/edge/cloudflared.ts'
import { createEdgeClient, type EdgeAnswer } from '../edge/edge.ts'
import type { Target } from '../target/target.ts'
import { AccessLoginError, withoutQuery } from '../transport/errors.ts'

export interface DiscoveredApplication {
  readonly url: URL
  readonly aud: string | undefined
  /** Undefined if the application has no Managed OAuth. */
  readonly oauth: OauthResource | undefined
}

export interface OauthResource {
  readonly resource: string
  readonly authorizationServer: URL
}

/**
 * Requests the URL as a program without credentials would.
 * @throws AccessLoginError if the application offers no login
 */
export async function discover(
  target: Target,
  url: URL,
  signal: AbortSignal,
): Promise<DiscoveredApplication> {
  const edge = createEdgeClient({ target })
  const aud = await audOf(target, url, signal)
  // A browser would be redirected to the login page (edge-managed-oauth-clients).
  const answer = await edge.request(url, { headers: { accept: 'application/json' }, signal })
  await answer.response.body?.cancel()
  const metadata = resourceMetadataUrl(answer)
  if (metadata !== undefined) {
    return { url, aud, oauth: await oauthResource(target, url, metadata, signal) }
  }
  if (answer.kind === 'login') return { url, aud: aud ?? answer.aud, oauth: undefined }
  const what = `${withoutQuery(url)} answers ${answer.status} without credentials`
  throw answer.kind === 'blocked'
    ? new AccessLoginError('nothing_to_log_in', {
        what: `${what}: no policy of the application offers a login.`,
        todo: 'Use a service token, or add an Allow policy.',
      })
    : new AccessLoginError('nothing_to_log_in', {
        what: `${what} and does not ask for a login.`,
        todo: 'Check the URL; without Access in front there is nothing to log in to.',
      })
}

/** The AUD tag of the application, as cloudflared finds it (sign-in-metadata); undefined if the edge does not report it. */
export async function audOf(
  target: Target,
  url: URL,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { response } = await createEdgeClient({ target }).request(url, {
    method: 'HEAD',
    headers: { [metadataHeaders.request]: 'true' },
    ...(signal === undefined ? {} : { signal }),
  })
  const jwt = response.headers.get(metadataHeaders.response)
  try {
    // Not verified: the tag only selects among applications on this host.
    const { type, hostname, aud } = decodeJwt<{ type?: unknown; hostname?: unknown }>(jwt ?? '')
    return type === 'match' && hostname === url.hostname && typeof aud === 'string'
      ? aud
      : undefined
  } catch {
    return undefined
  }
}

/** RFC 9728, 5.1; only if on the same host. */
function resourceMetadataUrl({ status, challenge = '', url }: EdgeAnswer): URL | undefined {
  const named = /(?:^|,\s*)bearer\s.*?\bresource_metadata="([^"]*)"/i.exec(challenge)?.[1]
  if (status !== 401 || named === undefined || !URL.canParse(named)) return undefined
  const metadata = new URL(named)
  return metadata.host === url.host ? metadata : undefined
}

/** RFC 9728, 2. */
const resourceMetadata = once(() =>
  z.looseObject({
    resource: z.url(),
    authorization_servers: z.tuple([z.url({ protocol: /^https$/ })]).rest(z.unknown()),
  }),
)

async function oauthResource(
  target: Target,
  url: URL,
  address: URL,
  signal: AbortSignal,
): Promise<OauthResource> {
  const { response } = await createEdgeClient({ target }).request(address, {
    headers: { accept: 'application/json' },
    signal,
  })
  const parsed = resourceMetadata().safeParse(parseJson(await response.text()))
  // Another host's metadata would get us a token for that host (RFC 9728, 3.3).
  if (parsed.success && new URL(parsed.data.resource).host === url.host) {
    const { resource, authorization_servers } = parsed.data
    return { resource, authorizationServer: new URL(authorization_servers[0]) }
  }
  throw new AccessLoginError('unexpected', {
    what: `${withoutQuery(address)} does not describe the protected resource ${url.host}.`,
    why: `It answered ${response.status}.`,
    todo: 'Check that the metadata of the application is served unchanged.',
  })
}
