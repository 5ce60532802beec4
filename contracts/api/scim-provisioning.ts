/** How an application's people are provisioned to it by SCIM (api-scim-provisioning). The emulator sends none. */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { recordedDetails, requiredField } from './details.ts'

const needed = (name: string) => z.string({ error: requiredField(name) })

const scheme = once(() =>
  z.discriminatedUnion('scheme', [
    z.looseObject({
      scheme: z.literal('httpbasic'),
      user: needed('user'),
      password: needed('password'),
    }),
    z.looseObject({ scheme: z.literal('oauthbearertoken'), token: needed('token') }),
    z.looseObject({
      scheme: z.literal('oauth2'),
      authorization_url: needed('authorization_url'),
      client_id: needed('client_id'),
      client_secret: needed('client_secret'),
      token_url: needed('token_url'),
    }),
    z.looseObject({
      scheme: z.literal('access_service_token'),
      client_id: needed('client_id'),
      client_secret: needed('client_secret'),
    }),
  ]),
)

/** One scheme or several. A union of the two would not say what is missing. */
const authentication = once(() =>
  z.custom<object>().superRefine((value: unknown, context) => {
    const { error } = (Array.isArray(value) ? z.array(scheme()) : scheme()).safeParse(value)
    for (const { path, message } of error?.issues ?? []) {
      context.addIssue({ code: 'custom', path, message })
    }
  }),
)

const mapping = once(() =>
  z.looseObject({
    schema: z.string().regex(/^urn:ietf:params:scim:schemas:/, recordedDetails.scimSchema),
  }),
)

export const scimProvisioning = once(() =>
  z.looseObject({
    idp_uid: z.string(),
    remote_uri: z.string(),
    authentication: authentication().optional(),
    mappings: z.array(mapping()).optional(),
  }),
)
