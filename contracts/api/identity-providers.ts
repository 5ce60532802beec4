/** Identity providers: where people sign in (api-identity-providers). Secrets are accepted but never returned. */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { hex32, queryBoolean, uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'
import { samlCertificateSet } from './saml-certificates.ts'

export const identityProviderTypes = [
  'onetimepin',
  'azureAD',
  'saml',
  'centrify',
  'facebook',
  'github',
  'google-apps',
  'google',
  'linkedin',
  'oidc',
  'okta',
  'onelogin',
  'pingone',
  'yandex',
  'cloudflare',
] as const
export type IdentityProviderType = (typeof identityProviderTypes)[number]

/** An account has at most one of each; a second one is a `conflict` (api-one-time-pin-once, api-conflict). */
export const singletonProviderTypes: readonly IdentityProviderType[] = ['onetimepin', 'cloudflare']

/** Fields of `config` that responses leave out. */
export const secretConfigKeys = ['client_secret'] as const

const scimConfig = once(() =>
  z.looseObject({
    enabled: z.boolean().optional(),
    user_deprovision: z.boolean().optional(),
    seat_deprovision: z.boolean().optional(),
    identity_update_behavior: z.enum(['automatic', 'reauth', 'no_action']).optional(),
    /** `https://<auth_domain>/scim/<id>`; set by the server. */
    scim_base_url: z.string().optional(),
    /** Set by the server, shown once. */
    secret: z.string().optional(),
  }),
)

const fields = once(() => ({
  type: z.enum(identityProviderTypes, { error: 'type is not a known identity provider type' }),
  name: z.string().min(1),
  /** Settings specific to the type; One-time PIN takes `{}` and returns `redirect_url`. */
  config: z.looseObject({ redirect_url: z.string().optional() }),
  scim_config: scimConfig().optional(),
  saml_certificate_set_id: uuid().optional(),
}))

/** No timestamps; `version` is 32 hex characters that change with each write (api-identity-provider-fields). */
export const identityProvider = once(() =>
  z.object({
    id: uuid(),
    uid: uuid(),
    ...fields(),
    version: hex32(),
    read_only: z.boolean().optional(),
    saml_certificate_set: samlCertificateSet().optional(),
  }),
)
export type IdentityProvider = z.output<ReturnType<typeof identityProvider>>

export const identityProviderBody = once(() => z.looseObject(fields()))
export type IdentityProviderBody = z.output<ReturnType<typeof identityProviderBody>>

export const identityProviders = resource(
  {
    name: 'identityProviders',
    one: 'an identity provider',
    many: 'identity providers',
    path: '/access/identity_providers',
    param: 'identity_provider_id',
    scope: 'account_or_zone',
    table: 'identity_providers',
    after: ['organizations'],
    paging: { per_page: 200, max: 1000 },
    entity: identityProvider,
    derived: ['saml_certificate_set'],
    body: identityProviderBody,
    kept: () => ({ secrets: z.record(z.string(), z.unknown()) }),
    deleted: once(() => z.object({ id: uuid() })),
    deleteStatus: 202,
    filters: () => ({ scim_enabled: queryBoolean().optional() }),
    writeErrors: ['conflict'],
    unknown: 'not_found',
    evidence: 'documented',
    source: ['api-identity-providers', 'api-identity-provider-fields'],
    recognisedBy: [['type', 'config']],
    example: { type: 'onetimepin', name: 'One-time PIN', config: {} },
    lifeCycle: {
      // An account has One-time PIN only once.
      body: ({ name }) => ({
        type: 'github',
        name: name('provider'),
        config: { client_id: 'an-id', client_secret: 'a-secret' },
      }),
      change: ({ name }) => ({ name: name('renamed') }),
      hidden: ['config'],
      invalid: { 'an unknown type': { type: 'horoscope', name: 'x', config: {} } },
    },
  },
  () => ({
    createSamlCertificate: endpoint({
      id: 'identityProviders.createSamlCertificate',
      summary: 'Create the SAML certificate set of an identity provider',
      method: 'POST',
      path: '/access/identity_providers/{identity_provider_id}/saml_certificate',
      result: samlCertificateSet,
      status: 201,
      errors: ['invalid_request', 'not_found'],
      evidence: 'documented',
      source: ['api-saml-certificates', 'api-saml-certificate-refusals'],
    }),
  }),
)
