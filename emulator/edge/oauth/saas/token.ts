/** The token endpoint of a SaaS application (sign-in-oidc-settings). */
import type { oidcProvider } from '../../../../contracts/edge/oidc.ts'
import { fail } from '../../../../contracts/errors/errors.ts'
import { hasRefreshTokens, needsChallenge, oidcLifetimes } from '../../../access/oidc.ts'
import { sameSecret } from '../../../world/secrets.ts'
import type { EdgeContext, PathAnswer } from '../../context.ts'
import { type ClientProblem, readForm, sentClient } from '../clients.ts'
import { commitNow } from '../commit.ts'
import { crossOrigin, notStored } from '../failures.ts'
import { type GoodGrant, grantOfCode, grantOfRefreshToken, usedMeanwhile } from '../grants.ts'
import { type Provider, providerOf } from './provider.ts'
import { idToken, jwtAccessToken } from './tokens.ts'

type OidcTokenAnswer = PathAnswer<(typeof oidcProvider)['oidcToken']>

export async function issueTokens(
  context: EdgeContext,
  clientId: string,
): Promise<OidcTokenAnswer> {
  const provider = providerOf(context, clientId)
  if ('reply' in provider) return provider
  const form = readForm(context)
  if ('failure' in form) return form
  const problem = clientProblem(context, provider, form)
  if (problem !== undefined) return problem
  const { application, app } = provider
  const { host: hostname } = context.edgeRequest
  switch (form.get('grant_type')) {
    case 'authorization_code': {
      const good = await grantOfCode(context, app.client_id, form)
      return 'failure' in good ? good : given(context, provider, good)
    }
    case 'refresh_token': {
      if (!hasRefreshTokens(app)) {
        return fail('oauth_unauthorized_client', 'The application has no grant refresh_tokens')
      }
      const applicationOf = () => ({ application, hostname })
      const good = await grantOfRefreshToken(context, app.client_id, form, applicationOf)
      return 'failure' in good ? good : given(context, provider, good)
    }
    case null:
      return fail('oauth_invalid_request', 'grant_type is missing')
    default:
      return fail('oauth_unsupported_grant_type')
  }
}

/** A client without a secret is known by its verifier, where the application says so (sign-in-oidc-flows). */
function clientProblem(
  context: EdgeContext,
  { application, app }: Provider,
  form: URLSearchParams,
): ClientProblem | undefined {
  const sent = sentClient(context, form)
  if ('failure' in sent) return sent
  if (sent.id !== app.client_id) {
    return fail('oauth_invalid_client', 'client_id is not that of the endpoint')
  }
  if (sent.secret === undefined) {
    const isPublic = app.allow_pkce_without_client_secret && needsChallenge(app)
    return isPublic
      ? undefined
      : fail('oauth_invalid_client', 'The client secret is missing, and the application needs it')
  }
  const { saas_secret = '' } = application
  return sameSecret(sent.secret, saas_secret)
    ? undefined
    : fail('oauth_invalid_client', 'The client secret is wrong')
}

async function given(
  context: EdgeContext,
  provider: Provider,
  { grant, user, evaluation, previous_digest }: GoodGrant,
): Promise<OidcTokenAnswer> {
  const { account, edgeRequest } = context
  const { application, app } = provider
  const lifetime = oidcLifetimes(app).accessToken
  const access_token = await jwtAccessToken(context, provider, grant, lifetime)
  const problem = usedMeanwhile(context, grant)
  if (problem !== undefined) return problem
  const tokens = account.grants.nextTokens(grant, {
    ...{ application, user, hostname: edgeRequest.host, prefix: '', lifetime },
    ...{ access_token, previous_digest },
    policy_id: evaluation?.verdict.policy?.id,
    isRefreshed: hasRefreshTokens(app),
  })
  const refused = await commitNow(context, tokens.changes)
  if (refused !== undefined) return refused
  return {
    result: {
      access_token: tokens.access_token,
      token_type: 'Bearer',
      expires_in: tokens.expires_in,
      scope: grant.scope ?? '',
      id_token: await idToken(context, provider, grant, { lifetime: tokens.expires_in }),
      ...(tokens.refresh_token === undefined ? {} : { refresh_token: tokens.refresh_token }),
    },
    headers: { ...notStored, ...crossOrigin(account) },
    evaluation,
  }
}
