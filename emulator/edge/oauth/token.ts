/** The token endpoint of Managed OAuth: a code, or a refresh token, for the next tokens (sign-in-oauth-tokens). */
import { createHash } from 'node:crypto'
import { type managedOauth, oauthTokenPrefix } from '../../../contracts/edge/oauth.ts'
import type { OauthFailureName } from '../../../contracts/edge/oauth-errors.ts'
import { type Failure, fail } from '../../../contracts/errors.ts'
import { isVerifier, oauthLifetimes } from '../../access/oauth.ts'
import type { Evaluation } from '../../account/evaluation.ts'
import { seconds } from '../../account/issue.ts'
import {
  endOf,
  grantByCode,
  grantByRefreshToken,
  isRevoked,
  nextTokens,
} from '../../account/oauth-grants.ts'
import { judge } from '../../account/sign-in.ts'
import type { Answer } from '../../http/handler.ts'
import { digest } from '../../ids.ts'
import { sameSecret } from '../../secrets.ts'
import type { OauthClientRow, OauthGrantRow } from '../../state/rows.ts'
import type { Change } from '../../state/state.ts'
import type { EdgeContext } from '../context.ts'
import { askingOf } from '../login/flow.ts'
import { pathUnknown } from '../unknown.ts'
import { type Protected, targetOf } from './applications.ts'
import { authenticated, readForm } from './clients.ts'
import { commitNow } from './commit.ts'
import { crossOrigin, notStored } from './failures.ts'

type TokenAnswer = Answer<(typeof managedOauth)['oauthToken'], Change[]>
type Refusal = Failure<
  Extract<
    OauthFailureName,
    'oauth_invalid_grant' | 'oauth_invalid_request' | 'oauth_invalid_target'
  >
>

export async function issueTokens(context: EdgeContext): Promise<TokenAnswer> {
  if (context.place !== 'team') return { reply: pathUnknown(context) }
  const form = readForm(context)
  if ('failure' in form) return form
  const client = authenticated(context, form)
  if ('failure' in client) return client
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return byCode(context, client, form)
    case 'refresh_token':
      return byRefreshToken(context, client, form)
    case null:
      return fail('oauth_invalid_request', 'grant_type is missing')
    default:
      return fail('oauth_unsupported_grant_type')
  }
}

async function byCode(
  context: EdgeContext,
  client: OauthClientRow,
  form: URLSearchParams,
): Promise<TokenAnswer> {
  const { account, world } = context
  const grant = grantByCode(account, form.get('code') ?? '')
  if (grant === undefined) return fail('oauth_invalid_grant', 'There is no such code')
  if (grant.client_id !== client.id) {
    return fail('oauth_invalid_grant', 'The code was given to another client')
  }
  if (grant.is_exchanged) {
    const ends = account.behaviour('oauth.code_reuse') === 'ends_grant'
    if (ends && !(await commitNow(context, endOf(account, grant))))
      return fail('oauth_server_error')
    return fail('oauth_invalid_grant', 'The code has been exchanged before')
  }
  if (seconds(world) >= grant.issued_at + account.behaviour('oauth.code_lifetime')) {
    return fail('oauth_invalid_grant', 'The code has expired')
  }
  if (form.get('redirect_uri') !== grant.redirect_uri) {
    return fail('oauth_invalid_grant', 'redirect_uri is not the one that the code was sent to')
  }
  const problem = verifierProblem(grant, form.get('code_verifier') ?? undefined)
  if (problem !== undefined) return fail('oauth_invalid_grant', problem)
  const target = targetFor(context, grant, form)
  if ('failure' in target) return target
  return given(context, grant, target)
}

function verifierProblem(
  { code_challenge }: OauthGrantRow,
  verifier: string | undefined,
): string | undefined {
  if (code_challenge === undefined) {
    return verifier === undefined ? undefined : 'The code was asked for without a code_challenge'
  }
  if (verifier === undefined) return 'code_verifier is missing'
  const hashed = createHash('sha256').update(verifier).digest('base64url')
  return isVerifier(verifier) && sameSecret(hashed, code_challenge)
    ? undefined
    : 'code_verifier is not the one that code_challenge was made of'
}

async function byRefreshToken(
  context: EdgeContext,
  client: OauthClientRow,
  form: URLSearchParams,
): Promise<TokenAnswer> {
  const { account, edgeRequest } = context
  const sent = form.get('refresh_token') ?? ''
  const grant = grantByRefreshToken(account, sent)
  if (grant === undefined) return fail('oauth_invalid_grant', 'There is no such refresh token')
  if (grant.client_id !== client.id) {
    return fail('oauth_invalid_grant', 'The refresh token was given to another client')
  }
  const reuse = account.behaviour('oauth.refresh_reuse')
  if (grant.refresh_digest !== digest(sent) && reuse !== 'good_until_next') {
    const ends = reuse === 'ends_grant'
    if (ends && !(await commitNow(context, endOf(account, grant))))
      return fail('oauth_server_error')
    return fail('oauth_invalid_grant', 'The refresh token has been used before')
  }
  const target = targetFor(context, grant, form)
  if ('failure' in target) return target
  // The policies are asked again (sign-in-oauth-refresh).
  const user = account.state.tables.users.get(grant.user_id)
  if (user === undefined) return fail('oauth_invalid_grant', 'The person is not known any more')
  const evaluation = judge(account, target.application, {
    asking: askingOf(edgeRequest, target.hostname, '/'),
    user,
    identity: grant.identity,
  })
  if (evaluation.verdict.kind !== 'pass') {
    return { ...fail('oauth_invalid_grant', 'No policy admits the person any more'), evaluation }
  }
  return given(context, grant, target, { evaluation, previous_digest: digest(sent) })
}

/** The application that a grant is for, while the grant and its OAuth live. */
function targetFor(
  { account, world }: EdgeContext,
  grant: OauthGrantRow,
  form: URLSearchParams,
): Protected | Refusal {
  if (seconds(world) >= grant.exp) {
    return fail('oauth_invalid_grant', 'The session of the grant is over')
  }
  if (isRevoked(account, grant)) return fail('oauth_invalid_grant', 'The grant was revoked')
  const target = targetOf(account, grant.resource)
  if ('problem' in target || target.application.id !== grant.application_id) {
    return fail('oauth_invalid_grant', 'The application of the grant has no OAuth any more')
  }
  const asked = form.get('resource')
  if (asked === null) return target
  const again = targetOf(account, asked)
  return 'problem' in again || again.application.id !== grant.application_id
    ? fail('oauth_invalid_target', 'resource is not that of the grant')
    : target
}

async function given(
  context: EdgeContext,
  grant: OauthGrantRow,
  { application, configuration, hostname }: Protected,
  refreshed: { readonly evaluation?: Evaluation; readonly previous_digest?: string } = {},
): Promise<TokenAnswer> {
  const { account, world } = context
  const { evaluation } = refreshed
  const user = account.state.tables.users.get(grant.user_id)
  if (user === undefined) return fail('oauth_invalid_grant', 'The person is not known any more')
  const { access_token, refresh_token, expires_in, changes } = nextTokens(account, world, grant, {
    ...{ application, user, hostname },
    policy_id: evaluation?.verdict.policy?.id,
    previous_digest: refreshed.previous_digest,
    prefix: oauthTokenPrefix,
    lifetime: oauthLifetimes(configuration).accessToken,
  })
  if (!(await commitNow(context, changes))) return fail('oauth_server_error')
  return {
    result: {
      access_token,
      token_type: 'bearer',
      expires_in,
      scope: '',
      resource: grant.resource,
      refresh_token,
    },
    headers: { ...notStored, ...crossOrigin(account) },
    evaluation,
  }
}
