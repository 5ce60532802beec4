/** `CF_AppSession`: identifies the browser in which a login began, the only one that it signs in. */
import { cookieNames } from '../../contracts/edge/endpoints.ts'
import { cookieValues } from '../../contracts/http/cookies.ts'
import type { HeaderValues } from '../access/credentials.ts'
import { digest, hex } from '../world/ids.ts'
import { sameSecret } from '../world/secrets.ts'
import type { World } from '../world/world.ts'

/** Sixteen hex digits, sometimes with a leading `n` (recorded). */
const form = /^n?[0-9a-f]{16}$/

function sent(headers: HeaderValues): readonly string[] {
  return cookieValues(headers('cookie'), cookieNames.appSession)
}

/** The browser's existing value, so that logins in its other tabs stay valid; else a new one. */
export function appSessionFor(headers: HeaderValues, world: World, ray: string): string {
  return sent(headers).find((value) => form.test(value)) ?? hex(world.bytes(8, 'app_session', ray))
}

/** The digest that `meta` carries to the team domain: `meta` is in URLs and logs, which must not contain the value itself. */
export function appSessionDigest(value: string): string {
  return digest(value).slice(0, 32)
}

/** Whether the login with this digest began in the browser that sends these headers. */
export function isSameAppSession(headers: HeaderValues, digest: string | undefined): boolean {
  return (
    digest !== undefined &&
    sent(headers).some((value) => sameSecret(appSessionDigest(value), digest))
  )
}

export function hasAppSession(headers: HeaderValues): boolean {
  return sent(headers).length > 0
}
