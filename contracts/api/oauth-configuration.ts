/** Managed OAuth, as an application configures it (sign-in-oauth-configuration). */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { duration } from '../declaration/primitives.ts'

export const oauthConfiguration = once(() =>
  z.looseObject({
    /** Default: true. */
    enabled: z.boolean().optional(),
    dynamic_client_registration: z
      .looseObject({
        enabled: z.boolean().optional(),
        allow_any_on_localhost: z.boolean().optional(),
        allow_any_on_loopback: z.boolean().optional(),
        allowed_uris: z.array(z.string()).optional(),
      })
      .optional(),
    grant: z
      .looseObject({
        access_token_lifetime: duration().optional(),
        session_duration: duration().optional(),
      })
      .optional(),
  }),
)
export type OauthConfiguration = z.output<ReturnType<typeof oauthConfiguration>>
