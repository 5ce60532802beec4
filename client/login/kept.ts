/** What is kept of a login. */
import { z } from 'zod'
import { once } from '../../contracts/endpoint.ts'
import type { Target } from '../target.ts'

const common = {
  /** `live`, or the address of an emulator. */
  target: z.string(),
  /** Scheme and host of the application; the only place that its token is sent to. */
  origin: z.url(),
  /** AUD tag of the application; tells several applications on one host apart. */
  aud: z.string().optional(),
}

const oauthLogin = once(() =>
  z.strictObject({
    kind: z.literal('oauth'),
    ...common,
    issuer: z.url(),
    client_id: z.string(),
    resource: z.string(),
    access_token: z.string(),
    refresh_token: z.string().optional(),
    /** Seconds since the epoch, by the clock of this machine. */
    expires_at: z.number().optional(),
  }),
)
export type OauthLogin = z.output<ReturnType<typeof oauthLogin>>

const cloudflaredLogin = once(() =>
  z.strictObject({ kind: z.literal('cloudflared'), ...common, app_token: z.string() }),
)
export type CloudflaredLogin = z.output<ReturnType<typeof cloudflaredLogin>>

export const keptLogin = once(() =>
  z.discriminatedUnion('kind', [oauthLogin(), cloudflaredLogin()]),
)
export type KeptLogin = OauthLogin | CloudflaredLogin

/** The name under which logins at a target are kept. */
export function targetKey({ address }: Pick<Target, 'address'>): string {
  return address?.origin ?? 'live'
}
