/** The token endpoint of Managed OAuth: a code, or a refresh token, for the next tokens (sign-in-oauth-tokens). */
import { type managedOauth, oauthTokenPrefix } from '../../../contracts/edge/oauth.ts'
import { fail } from '../../../contracts/errors/errors.ts'
import { oauthLifetimes } from '../../access/oauth.ts'
import type { OauthClientRow, OauthGrantRow } from '../../account/account.ts'
import type { EdgeContext, PathAnswer } from '../context.ts'
import { pathUnknown } from '../unknown.ts'
import { type Protected, targetOf } from './applications.ts'
import { authenticated, readForm } from './clients.ts'
import { commitNow } from './commit.ts'
import { crossOrigin, notStored } from './failures.ts'
import {
  type GoodGrant,
  grantOfCode,
  grantOfRefreshToken,
  invalidGrant,
  usedMeanwhile,
} from './grants.ts'

type TokenAnswer = PathAnswer<(typeof managedOauth)['oauthToken']>

export async function issueTokens(context: EdgeContext): Promise<TokenAnswer> {
  if (context.place !== 'team') return { reply: pathUnknown(context) }
  const form = readForm(context)
  if ('failure' in form) return form
  const client = authenticated(context, form)
  if ('failure' in client) return client
  switch (form.get('grant_type')) {
    case 'authorization_code':
    case 'refresh_token':
      return byGrant(context, client, form)
    case null:
      return fail('oauth_invalid_request', 'grant_type is missing')
    default:
      return fail('oauth_unsupported_grant_type')
  }
}

async function byGrant(
  context: EdgeContext,
  { id }: OauthClientRow,
  form: URLSearchParams,
): Promise<TokenAnswer> {
  const good =
    form.get('grant_type') === 'authorization_code'
      ? await grantOfCode(context, id, form)
      : await grantOfRefreshToken(context, id, form, (grant) => targetFor(context, grant))
  if ('failure' in good) return good
  const target = targetFor(context, good.grant)
  if (target === undefined) {
    return invalidGrant('oauth_grant_application_closed')
  }
  const asked = form.get('resource')
  if (asked !== null && targetFor(context, good.grant, asked) === undefined) {
    return fail('oauth_invalid_target', 'resource is not that of the grant')
  }
  return given(context, good, target)
}

/** The grant's application, while its OAuth is on; undefined if the resource belongs to another. */
function targetFor(
  { account }: EdgeContext,
  grant: OauthGrantRow,
  resource = grant.resource,
): Protected | undefined {
  const target = targetOf(account, resource)
  if ('problem' in target) return undefined
  return target.application.id === grant.application_id ? target : undefined
}

async function given(
  context: EdgeContext,
  { grant, user, evaluation, previous_digest }: GoodGrant,
  { application, configuration, hostname }: Protected,
): Promise<TokenAnswer> {
  const { account } = context
  const problem = usedMeanwhile(context, grant)
  if (problem !== undefined) return problem
  const { access_token, refresh_token, expires_in, changes } = account.grants.nextTokens(grant, {
    ...{ application, user, hostname, previous_digest },
    policy_id: evaluation?.verdict.policy?.id,
    prefix: oauthTokenPrefix,
    lifetime: oauthLifetimes(configuration).accessToken,
  })
  const refused = await commitNow(context, changes)
  if (refused !== undefined) return refused
  return {
    result: {
      access_token,
      token_type: 'bearer',
      expires_in,
      scope: '',
      resource: grant.resource,
      ...(refresh_token === undefined ? {} : { refresh_token }),
    },
    headers: { ...notStored, ...crossOrigin(account) },
    evaluation,
  }
}
