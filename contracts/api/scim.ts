/** What identity providers sync by SCIM: their users and groups, and the log of their updates (api-scim). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { pageQuery, several, severalTexts, timestamp } from '../declaration/primitives.ts'

const ofProvider = '/access/identity_providers/{identity_provider_id}/scim'

const ids = once(() => ({ cf_resource_id: severalTexts(), idp_resource_id: severalTexts() }))

/** Either kind of id, or the other filters (api-scim). */
function isOneLookup({ cf_resource_id, idp_resource_id, ...others }: Record<string, unknown>) {
  const { page: _, per_page: __, ...filters } = others
  const given = [cf_resource_id, idp_resource_id].filter((each) => each !== undefined)
  const isFiltered = Object.values(filters).some((each) => each !== undefined)
  return given.length === 0 || (given.length === 1 && !isFiltered)
}
const oneLookup = 'cf_resource_id and idp_resource_id go with no other filter'

const resource = once(() => ({
  id: z.string(),
  externalId: z.string(),
  displayName: z.string(),
  meta: z.object({ created: timestamp(), lastModified: timestamp() }),
  schemas: z.array(z.string()),
}))

const scimUser = once(() =>
  z.object({
    ...resource(),
    active: z.boolean(),
    emails: z.array(z.object({ primary: z.boolean(), type: z.string(), value: z.string() })),
  }),
)
const scimGroup = once(() => z.object(resource()))

const scimUpdate = once(() =>
  z.object({
    cf_resource_id: z.string(),
    error_description: z.string().optional(),
    idp_id: z.string(),
    idp_resource_id: z.string(),
    logged_at: timestamp(),
    request_body: z.string(),
    request_method: z.string(),
    resource_group_name: z.string().optional(),
    resource_type: z.string(),
    resource_user_email: z.string().optional(),
    status: z.string(),
  }),
)

const common = {
  method: 'GET',
  status: 200,
  evidence: 'emulator_only',
  source: ['api-official-document', 'api-scim', 'api-scim-nothing'],
} as const

export const scim = {
  users: endpoint({
    ...common,
    id: 'scim.users',
    summary: 'List the SCIM users of an identity provider',
    path: `${ofProvider}/users`,
    query: once(() =>
      z
        .object({
          ...pageQuery,
          ...ids(),
          username: z.string().optional(),
          email: z.string().optional(),
          name: z.string().optional(),
        })
        .refine(isOneLookup, oneLookup),
    ),
    result: once(() => z.array(scimUser())),
    paging: { per_page: 100, max: 100 },
    errors: ['invalid_request', 'not_found'],
  }),
  groups: endpoint({
    ...common,
    id: 'scim.groups',
    summary: 'List the SCIM groups of an identity provider',
    path: `${ofProvider}/groups`,
    query: once(() =>
      z
        .object({ ...pageQuery, ...ids(), name: z.string().optional() })
        .refine(isOneLookup, oneLookup),
    ),
    result: once(() => z.array(scimGroup())),
    paging: { per_page: 100, max: 100 },
    errors: ['invalid_request', 'not_found'],
  }),
  updates: endpoint({
    ...common,
    id: 'scim.updates',
    summary: 'List updates by SCIM',
    path: '/access/logs/scim/updates',
    /** `limit` is how many entries there are at most, and the size of a page where `per_page` does not say. */
    query: once(() =>
      z
        .object({
          ...pageQuery,
          ...ids(),
          limit: z.coerce.number().int().min(1).optional(),
          direction: z.enum(['desc', 'asc']).optional(),
          since: z.iso.datetime({ offset: true }).optional(),
          until: z.iso.datetime({ offset: true }).optional(),
          idp_id: z.union([z.string(), z.array(z.string()).min(1)]),
          status: several(z.enum(['FAILURE', 'SUCCESS'])),
          resource_type: several(z.enum(['USER', 'GROUP'])),
          request_method: several(z.enum(['DELETE', 'PATCH', 'POST', 'PUT'])),
          resource_user_email: severalTexts(),
          resource_group_name: severalTexts(),
        })
        .transform((asked): typeof asked => ({
          ...asked,
          per_page: asked.per_page ?? asked.limit,
        })),
    ),
    result: once(() => z.array(scimUpdate())),
    paging: { per_page: 20, max: 1000 },
    errors: ['invalid_request'],
  }),
} as const
