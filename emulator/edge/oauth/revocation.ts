/** Revocation (RFC 7009; sign-in-oauth-revocation). */
import type { managedOauth } from '../../../contracts/edge/oauth.ts'
import { fail } from '../../../contracts/errors/errors.ts'
import { endOf, grantByRefreshToken } from '../../account/oauth-grants.ts'
import type { Answer } from '../../http/handler.ts'
import type { Change } from '../../state/state.ts'
import { digest } from '../../world/ids.ts'
import type { EdgeContext } from '../context.ts'
import { pathUnknown } from '../unknown.ts'
import { authenticated, readForm } from './clients.ts'
import { commitNow } from './commit.ts'
import { crossOrigin, notStored } from './failures.ts'

type RevocationAnswer = Answer<(typeof managedOauth)['oauthRevocation'], Change[]>

export async function revoke(context: EdgeContext): Promise<RevocationAnswer> {
  const { account, place } = context
  if (place !== 'team') return { reply: pathUnknown(context) }
  const form = readForm(context)
  if ('failure' in form) return form
  const client = authenticated(context, form)
  if ('failure' in client) return client
  const sent = form.get('token')
  if (sent === null) return fail('oauth_invalid_request', 'token is missing')
  const { oauth_grants, oauth_tokens } = account.state.tables
  const access = oauth_tokens.get(digest(sent))
  const grant =
    access === undefined ? grantByRefreshToken(account, sent) : oauth_grants.get(access.grant_id)
  if (grant !== undefined && grant.client_id !== client.id) {
    return fail('oauth_invalid_grant', 'The token was given to another client')
  }
  const changes: Change[] =
    access !== undefined
      ? [{ table: 'oauth_tokens', delete: access.id }]
      : grant === undefined
        ? []
        : endOf(account, grant)
  const refused = await commitNow(context, changes)
  if (refused !== undefined) return refused
  return { result: {}, headers: { ...notStored, ...crossOrigin(account) } }
}
