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
import { type Failure, fail } from '../../contracts/errors.ts'
import type { Extra } from '../../contracts/row.ts'
import type { Account } from '../account/account.ts'
import { teamOf } from '../account/organization.ts'
import { knownOf, withExtra } from '../http/check.ts'
import { json } from '../http/reply.ts'
import { alphanumeric, hex } from '../ids.ts'
import type { IdentityProviderRow } from '../state/rows.ts'
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
  const answer: IdentityProvider = {
    ...known,
    config: isOneTimePin
      ? { ...config, redirect_url: `https://${team}/cdn-cgi/access/callback` }
      : config,
    ...(scim_config === undefined
      ? {}
      : { scim_config: { ...scim_config, scim_base_url: `https://${team}/scim/${known.id}` } }),
    ...certificateSetOf(known, account),
  }
  return withExtra(answer, extra)
}


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
