/** Claims of the person behind an access token (sign-in-oidc-userinfo). */
import type { oidcProvider } from '../../../../contracts/edge/oidc.ts'
import { fail } from '../../../../contracts/errors/errors.ts'
import { bearerToken } from '../../../access/credentials.ts'
import { personClaims } from '../../../access/oidc.ts'
import type { EdgeContext, PathAnswer } from '../../context.ts'
import { crossOrigin, notStored } from '../failures.ts'
import { providerOf } from './provider.ts'

type UserinfoAnswer = PathAnswer<(typeof oidcProvider)['oidcUserinfo']>

export function userinfo(context: EdgeContext, clientId: string): UserinfoAnswer {
  const provider = providerOf(context, clientId)
  if ('reply' in provider) return provider
  const { account, world, edgeRequest } = context
  const token = bearerToken(edgeRequest.headers)
  if (token === undefined) {
    return fail('oauth_invalid_token', 'Send the access token as Authorization: Bearer')
  }
  const known = account.grants.ofAccessToken(token)
  if (known === undefined) {
    return fail('oauth_invalid_token', 'There is no such access token, or it was revoked')
  }
  const { row, grant } = known
  const { application, app } = provider
  if (grant.application_id !== application.id) {
    return fail('oauth_invalid_token', 'The access token is of another application')
  }
  if (row.claims.exp <= world.seconds()) {
    return fail('oauth_invalid_token', 'The access token has expired')
  }
  if (account.grants.areTokensRevoked(grant, application)) {
    return fail('oauth_invalid_token', 'The tokens of the application were revoked')
  }
  const scopes = (grant.scope ?? '').split(' ')
  const told = account.behaviour('oidc.userinfo_profile')
    ? scopes
    : scopes.filter((scope) => scope !== 'profile')
  const { claims } = personClaims(app, told, grant.identity)
  return {
    result: { sub: grant.user_id, ...claims },
    headers: { ...notStored, ...crossOrigin(account) },
  }
}
