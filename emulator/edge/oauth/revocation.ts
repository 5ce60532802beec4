/** Revocation (RFC 7009; sign-in-oauth-revocation). */
import type { managedOauth } from '../../../contracts/edge/oauth.ts'
import { fail } from '../../../contracts/errors/errors.ts'
import type { EdgeContext, PathAnswer } from '../context.ts'
import { pathUnknown } from '../unknown.ts'
import { authenticated, readForm } from './clients.ts'
import { commitNow } from './commit.ts'
import { crossOrigin, notStored } from './failures.ts'

type RevocationAnswer = PathAnswer<(typeof managedOauth)['oauthRevocation']>

export async function revoke(context: EdgeContext): Promise<RevocationAnswer> {
  const { account, place } = context
  if (place !== 'team') return { reply: pathUnknown(context) }
  const form = readForm(context)
  if ('failure' in form) return form
  const client = authenticated(context, form)
  if ('failure' in client) return client
  const sent = form.get('token')
  if (sent === null) return fail('oauth_invalid_request', 'token is missing')
  const { grant, changes } = account.grants.endToken(sent)
  if (grant !== undefined && grant.client_id !== client.id) {
    return fail('oauth_invalid_grant', 'The token was given to another client')
  }
  const refused = await commitNow(context, changes)
  if (refused !== undefined) return refused
  return { result: {}, headers: { ...notStored, ...crossOrigin(account) } }
}
