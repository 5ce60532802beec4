/** A stored login. */
import { z } from 'zod'
import { once } from '../../contracts/declaration/endpoint.ts'
import type { Target } from '../target/target.ts'

const common = {
  /** `live`, or the address of an emulator. */
  target: z.string(),
  /** The application's origin; its token is sent nowhere else. */
  origin: z.url(),
  /** The application's AUD tag; distinguishes applications on the same host. */
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
    /** Seconds since the epoch, by this machine's clock. */
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

/** The key under which a target's logins are stored. */
export function targetKey({ address }: Pick<Target, 'address'>): string {
  return address?.origin ?? 'live'
}
