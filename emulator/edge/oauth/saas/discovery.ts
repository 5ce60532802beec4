/** What a client of a SaaS application discovers: the configuration of its provider, and its keys. */
import type { oidcProvider } from '../../../../contracts/edge/oidc.ts'
import { hasRefreshTokens, responseTypesOf, scopesOf } from '../../../access/oidc.ts'
import type { EdgeContext, PathAnswer } from '../../context.ts'
import { crossOrigin } from '../failures.ts'
import { keyOf, providerOf } from './provider.ts'

type OidcAnswer<E extends keyof typeof oidcProvider> = PathAnswer<(typeof oidcProvider)[E]>

export function configuration(
  context: EdgeContext,
  clientId: string,
): OidcAnswer<'oidcConfiguration'> {
  const provider = providerOf(context, clientId)
  if ('reply' in provider) return provider
  const { app, issuer } = provider
  const types = responseTypesOf(app)
  const isPublic = app.allow_pkce_without_client_secret
  return {
    result: {
      issuer,
      authorization_endpoint: `${issuer}/authorization`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      response_types_supported: types,
      response_modes_supported: types.some((type) => type !== 'code')
        ? ['query', 'fragment']
        : ['query'],
      grant_types_supported: [
        ...(types.some((type) => type.includes('code')) ? ['authorization_code'] : []),
        ...(hasRefreshTokens(app) ? ['refresh_token'] : []),
        ...(app.grant_types.includes('implicit') ? ['implicit'] : []),
      ],
      scopes_supported: [...scopesOf(app)],
      claims_supported: [
        ...['iss', 'aud', 'sub', 'exp', 'iat', 'nonce'],
        ...(app.scopes.includes('email') ? ['email'] : []),
        ...(app.scopes.includes('profile') ? ['name'] : []),
        ...(app.scopes.includes('groups') ? ['groups'] : []),
        ...app.custom_claims.map(({ name }) => name),
      ],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        ...(isPublic ? ['none'] : []),
      ],
      code_challenge_methods_supported: ['S256'],
    },
    headers: crossOrigin(context.account),
  }
}

export async function keys(
  context: EdgeContext,
  clientId: string,
): Promise<OidcAnswer<'oidcKeys'>> {
  const provider = providerOf(context, clientId)
  if ('reply' in provider) return provider
  const { publicJwk } = await keyOf(context, provider)
  return { result: { keys: [publicJwk] }, headers: crossOrigin(context.account) }
}
