/** Identity providers: secrets are write-only, and `version` changes with each write (api-identity-provider-version). */
import { recordedDetails } from '../../contracts/api/details.ts'
import {
  identityProviders as contract,
  type IdentityProvider,
  type IdentityProviderBody,
  identityProviderBody,
  secretConfigKeys,
  singletonProviderTypes,
} from '../../contracts/api/identity-providers.ts'
import type { Extra } from '../../contracts/declaration/row.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import { teamOf } from '../account/organization.ts'
import { knownOf, withExtra } from '../http/check.ts'
import { json } from '../http/reply.ts'
import type { IdentityProviderRow } from '../state/rows.ts'
import { alphanumeric, hex } from '../world/ids.ts'
import type { ApiContext, HandlersOf } from './context.ts'
import { crud } from './crud.ts'
import { newSamlCertificateSet, samlCertificateSetView } from './saml-certificates.ts'
import type { Written } from './ways.ts'

/** URLs on the team domain are computed for each answer, because the team may be renamed. */
function view(
  { secrets: _, extra, config, scim_config, ...known }: IdentityProviderRow,
  { account }: ApiContext,
): IdentityProvider {
  const team = teamOf(account)
  const isOneTimePin = known.type === 'onetimepin' && team !== undefined
  // Empty where there is none (api-scim-empty).
  const shownScim =
    scim_config === undefined
      ? {}
      : { ...scim_config, scim_base_url: `https://${team}/scim/${known.id}` }
  const answer: IdentityProvider = {
    ...known,
    config: isOneTimePin
      ? { ...config, redirect_url: `https://${team}/cdn-cgi/access/callback` }
      : config,
    ...(known.type === 'onetimepin' ? {} : { scim_config: shownScim }),
    ...certificateSetOf(known, account),
  }
  return withExtra(answer, extra)
}

/** Where a row keeps it. It is made and shown when SCIM is enabled for the first time (api-scim-secret). */
const scimSecret = 'scim_config.secret'

function certificateSetOf(
  { saml_certificate_set_id: id }: Pick<IdentityProviderRow, 'saml_certificate_set_id'>,
  { state }: Account,
): Pick<IdentityProvider, 'saml_certificate_set'> {
  const row = id === undefined ? undefined : state.tables.saml_certificates.get(id)
  return row === undefined ? {} : { saml_certificate_set: samlCertificateSetView(row) }
}

/** The set must exist (api-saml-certificate-refusals); that of a seed need not. */
function certificateProblem(
  { saml_certificate_set_id: id }: IdentityProviderBody,
  { account, isSeed }: ApiContext,
): Failure<'invalid_request'> | undefined {
  return isSeed || id === undefined || account.state.tables.saml_certificates.get(id) !== undefined
    ? undefined
    : fail('invalid_request', `saml_certificate_set_id: there is no set ${id}`)
}

function isSecret(name: string): boolean {
  return secretConfigKeys.some((key) => key === name)
}

function part(config: Extra, wanted: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([name]) => wanted(name)))
}

/** A One-time PIN does not allow SCIM, according to one third-party source. */
function scimProblem({ type, scim_config }: IdentityProviderBody) {
  return type === 'onetimepin' && scim_config !== undefined
    ? fail('invalid_request', 'scim_config cannot be set for a onetimepin connection')
    : undefined
}

/**
 * Refuses a second One-time PIN or Cloudflare connection; only the message for the former is recorded (api-one-time-pin-once,
 * api-conflict).
 */
function singletonProblem(
  { type }: IdentityProviderBody,
  { account }: ApiContext,
): Failure<'conflict'> | undefined {
  if (!singletonProviderTypes.includes(type)) return undefined
  const isThere = account.state.tables.identity_providers.all().some((row) => row.type === type)
  if (!isThere) return undefined
  const detail = type === 'onetimepin' ? recordedDetails.onetimepinExists : undefined
  return fail('conflict', detail ?? `a ${type} connection already exists`)
}

/** The row after a write. If it enables SCIM for the first time, the answer includes the secret. */
function written(
  body: IdentityProviderBody,
  id: string,
  old: IdentityProviderRow | undefined,
  extra: Extra,
  context: ApiContext,
): Required<Pick<Written<IdentityProviderRow, IdentityProvider>, 'row' | 'changes'>> &
  Written<IdentityProviderRow, IdentityProvider> {
  const { config, scim_config, ...known } = knownOf(body, identityProviderBody())
  // These bytes depend on the number of the write, so that versions never repeat.
  const write = context.account.mint('identity_provider_write', id)
  const { scim_base_url: _url, secret: _secret, ...scim } = scim_config ?? {}
  const row: IdentityProviderRow = {
    id,
    uid: id,
    ...known,
    config: part(config, (name) => !isSecret(name) && name !== 'redirect_url'),
    // An empty one sets nothing (api-scim-empty).
    ...(Object.keys(scim).length === 0 ? {} : { scim_config: scim }),
    version: hex(write.bytes(16, 'version')),
    secrets: { ...old?.secrets, ...part(config, isSecret) },
    extra,
  }
  const changes = [write.change]
  if (scim.enabled !== true || scimSecret in row.secrets) return { row, changes }
  const secret = alphanumeric(write.bytes(64, 'scim_secret'), 40)
  const answer = view(row, context)
  const withSecret = { ...answer, scim_config: { ...answer.scim_config, secret } }
  return {
    row: { ...row, secrets: { ...row.secrets, [scimSecret]: secret } },
    changes,
    result: withExtra(withSecret, extra),
  }
}

const five = crud(contract, {
  view,
  shows: (row, { scim_enabled }) =>
    scim_enabled === undefined || (row.scim_config?.enabled ?? false) === scim_enabled,
  create({ body, extra }, context) {
    const problem =
      scimProblem(body) ?? certificateProblem(body, context) ?? singletonProblem(body, context)
    if (problem !== undefined) return problem
    const minted = context.account.mint('identity_provider', `${body.type}:${body.name}`, {
      explicit: context.explicit?.id,
    })
    const made = written(body, minted.id, undefined, extra, context)
    return { ...made, changes: [minted.change, ...made.changes] }
  },
  replace(row, { body, extra }, context) {
    if (body.type !== row.type) {
      return fail('invalid_request', 'the type of an identity provider cannot be changed')
    }
    return (
      scimProblem(body) ??
      certificateProblem(body, context) ??
      written(body, row.id, row, extra, context)
    )
  },
  /** A grant to federate with it is of no use without it. */
  deleted({ id: provider }, { account }) {
    const grants = account.state.tables.idp_federation_grants.all()
    return grants
      .filter(({ idp_id }) => idp_id === provider)
      .map(({ id }) => ({ table: 'idp_federation_grants', delete: id }) as const)
  },
})

export const identityProviders: HandlersOf<typeof contract> = {
  ...five,
  /** Idempotent: a provider that has a set gets it again, with 200. */
  async createSamlCertificate({ params: { identity_provider_id: id } }, context) {
    const { tables } = context.account.state
    const made = await newSamlCertificateSet(id, context)
    return () => {
      const provider = tables.identity_providers.get(id)
      if (provider === undefined) return fail('not_found')
      if (provider.type !== 'saml') {
        return fail('invalid_request', `a ${provider.type} connection has no SAML certificate`)
      }
      const { saml_certificate_set_id: present = '' } = provider
      const set = tables.saml_certificates.get(present)
      if (set !== undefined) {
        const result = samlCertificateSetView(set)
        const envelope = { result, success: true, errors: [], messages: [] }
        return { reply: json(200, envelope) }
      }
      return {
        result: samlCertificateSetView(made.row),
        changes: [
          ...made.changes,
          { table: 'saml_certificates', put: made.row },
          {
            table: 'identity_providers',
            put: { ...provider, saml_certificate_set_id: made.row.uid },
          },
        ],
      }
    }
  },
}
