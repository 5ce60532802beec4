/** Which grant a form of the token endpoint is about, and whether it is good for its client: the same on both surfaces. */
import { createHash } from 'node:crypto'
import type { OauthFailureName } from '../../../contracts/edge/oauth-errors.ts'
import { type Failure, fail } from '../../../contracts/errors.ts'
import { isVerifier } from '../../access/oauth.ts'
import type { Evaluation } from '../../account/evaluation.ts'
import { seconds } from '../../account/issue.ts'
import { endOf, grantByCode, grantByRefreshToken, isRevoked } from '../../account/oauth-grants.ts'
import { judge } from '../../account/sign-in.ts'
import { digest } from '../../ids.ts'
import { sameSecret } from '../../secrets.ts'
import type { ApplicationRow, OauthGrantRow, UserRow } from '../../state/rows.ts'
import type { EdgeContext } from '../context.ts'
import { askingOf } from '../login/flow.ts'
import { commitNow } from './commit.ts'

type GrantFailure = Failure<Extract<OauthFailureName, 'oauth_invalid_grant' | 'oauth_server_error'>>

/** A grant, whose it is, and what the next tokens follow. */
export interface GoodGrant {
  readonly grant: OauthGrantRow
  readonly user: UserRow
  /** At a refresh: what the policies say now. */
  readonly evaluation?: Evaluation
  readonly previous_digest?: string
}

const invalid = (description: string) => fail('oauth_invalid_grant', description)

/** The grant of a code, which is good once (sign-in-oauth-code-once). */
export async function grantOfCode(
  context: EdgeContext,
  clientId: string,
  form: URLSearchParams,
): Promise<GoodGrant | GrantFailure> {
  const { account, world } = context
  const grant = grantByCode(account, form.get('code') ?? '')
  if (grant === undefined) return invalid('There is no such code')
  if (grant.client_id !== clientId) return invalid('The code was given to another client')
  if (grant.is_exchanged) {
    const ends = account.behaviour('oauth.code_reuse') === 'ends_grant'
    return refusedReuse(context, grant, ends, 'The code has been exchanged before')
  }
  if (seconds(world) >= grant.issued_at + account.behaviour('oauth.code_lifetime')) {
    return invalid('The code has expired')
  }
  if (form.get('redirect_uri') !== grant.redirect_uri) {
    return invalid('redirect_uri is not the one that the code was sent to')
  }
  const problem = verifierProblem(grant, form.get('code_verifier') ?? undefined)
  return problem === undefined ? living(context, grant) : invalid(problem)
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

/** The grant of a refresh token, for an application whose policies are asked again (sign-in-oauth-refresh). */
export async function grantOfRefreshToken(
  context: EdgeContext,
  clientId: string,
  form: URLSearchParams,
  applicationOf: (grant: OauthGrantRow) =>
    | {
        readonly application: ApplicationRow
        readonly hostname: string
      }
    | undefined,
): Promise<GoodGrant | (GrantFailure & { readonly evaluation?: Evaluation })> {
  const { account, edgeRequest } = context
  const sent = form.get('refresh_token') ?? ''
  const grant = grantByRefreshToken(account, sent)
  if (grant === undefined) return invalid('There is no such refresh token')
  if (grant.client_id !== clientId) return invalid('The refresh token was given to another client')
  const reuse = account.behaviour('oauth.refresh_reuse')
  if (grant.refresh_digest !== digest(sent) && reuse !== 'good_until_next') {
    const problem = 'The refresh token has been used before'
    return refusedReuse(context, grant, reuse === 'ends_grant', problem)
  }
  const good = living(context, grant)
  if ('failure' in good) return good
  const asked = applicationOf(grant)
  if (asked === undefined) return invalid('The application of the grant has no OAuth any more')
  const evaluation = judge(account, asked.application, {
    asking: askingOf(edgeRequest, asked.hostname, '/'),
    user: good.user,
    identity: grant.identity,
  })
  return evaluation.verdict.kind === 'pass'
    ? { ...good, evaluation, previous_digest: digest(sent) }
    : { ...invalid('No policy admits the person any more'), evaluation }
}

async function refusedReuse(
  context: EdgeContext,
  grant: OauthGrantRow,
  ends: boolean,
  problem: string,
): Promise<GrantFailure> {
  const isKept = !ends || (await commitNow(context, endOf(context.account, grant)))
  return isKept ? invalid(problem) : fail('oauth_server_error')
}

/**
 * To be asked in the tick in which the next tokens are committed: undefined, unless another request has used the grant
 * since it was read.
 */
export function usedMeanwhile(
  { account }: EdgeContext,
  grant: OauthGrantRow,
): Failure<'oauth_invalid_grant'> | undefined {
  const isThere = account.state.tables.oauth_grants.get(grant.id) === grant
  return isThere ? undefined : invalid('Another request has used the grant at the same time')
}

function living({ account, world }: EdgeContext, grant: OauthGrantRow): GoodGrant | GrantFailure {
  if (seconds(world) >= grant.exp) return invalid('The session of the grant is over')
  if (isRevoked(account, grant)) return invalid('The grant was revoked')
  const user = account.state.tables.users.get(grant.user_id)
  return user === undefined ? invalid('The person is not known any more') : { grant, user }
}
