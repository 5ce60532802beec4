/** Which grant a form of the token endpoint is about, and whether it is good for its client: the same on both surfaces. */
import { type Failure, fail } from '../../../contracts/errors/errors.ts'
import type { OauthFailureName } from '../../../contracts/errors/oauth.ts'
import { type GrantReason, grantReasons } from '../../../contracts/reasons/oauth.ts'
import { isVerifier } from '../../access/oauth.ts'
import type { ApplicationRow, Evaluation, OauthGrantRow, UserRow } from '../../account/account.ts'
import { digest } from '../../world/ids.ts'
import { challengeOf, sameSecret } from '../../world/secrets.ts'
import type { EdgeContext } from '../context.ts'
import { askingOf } from '../login/flow.ts'
import { commitNow } from './commit.ts'

type GrantFailure = Failure<Extract<OauthFailureName, 'oauth_invalid_grant' | 'oauth_server_error'>>

/** A grant, its user, and the basis of its next tokens. */
export interface GoodGrant {
  readonly grant: OauthGrantRow
  readonly user: UserRow
  /** At a refresh: the policies' current decision. */
  readonly evaluation?: Evaluation
  readonly previous_digest?: string
}

/** The client gets the reason in words. */
export function invalidGrant(reason: GrantReason): Failure<'oauth_invalid_grant'> {
  return { ...fail('oauth_invalid_grant', grantReasons[reason].text), reason }
}

/** The grant of a code, which is good once (sign-in-oauth-code-once). */
export async function grantOfCode(
  context: EdgeContext,
  clientId: string,
  form: URLSearchParams,
): Promise<GoodGrant | GrantFailure> {
  const { account, world } = context
  const grant = account.grants.byCode(form.get('code') ?? '')
  if (grant === undefined) return invalidGrant('oauth_code_unknown')
  if (grant.client_id !== clientId) return invalidGrant('oauth_code_of_other_client')
  if (grant.is_exchanged) {
    const ends = account.behaviour('oauth.code_reuse') === 'ends_grant'
    return refusedReuse(context, grant, ends, 'oauth_code_used')
  }
  if (world.seconds() >= grant.issued_at + account.behaviour('oauth.code_lifetime')) {
    return invalidGrant('oauth_code_expired')
  }
  if (form.get('redirect_uri') !== grant.redirect_uri) {
    return invalidGrant('oauth_code_redirect_differs')
  }
  const problem = verifierProblem(grant, form.get('code_verifier') ?? undefined)
  return problem === undefined ? living(context, grant) : invalidGrant(problem)
}

function verifierProblem(
  { code_challenge }: OauthGrantRow,
  verifier: string | undefined,
): GrantReason | undefined {
  if (code_challenge === undefined) {
    return verifier === undefined ? undefined : 'oauth_challenge_missing'
  }
  if (verifier === undefined) return 'oauth_verifier_missing'
  return isVerifier(verifier) && sameSecret(challengeOf(verifier), code_challenge)
    ? undefined
    : 'oauth_verifier_differs'
}

/** The grant of a refresh token, for an application whose policies decide again (sign-in-oauth-refresh). */
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
  const grant = account.grants.byRefreshToken(sent)
  if (grant === undefined) return invalidGrant('oauth_refresh_token_unknown')
  if (grant.client_id !== clientId) return invalidGrant('oauth_refresh_token_of_other_client')
  const reuse = account.behaviour('oauth.refresh_reuse')
  if (grant.refresh_digest !== digest(sent) && reuse !== 'good_until_next') {
    const problem = 'oauth_refresh_token_used'
    return refusedReuse(context, grant, reuse === 'ends_grant', problem)
  }
  const good = living(context, grant)
  if ('failure' in good) return good
  const asked = applicationOf(grant)
  if (asked === undefined) return invalidGrant('oauth_grant_application_closed')
  const evaluation = account.judge(asked.application, {
    asking: askingOf(edgeRequest, asked.hostname, '/'),
    user: good.user,
    identity: grant.identity,
  })
  return evaluation.verdict.kind === 'pass'
    ? { ...good, evaluation, previous_digest: digest(sent) }
    : { ...invalidGrant('oauth_grant_not_admitted'), evaluation }
}

async function refusedReuse(
  context: EdgeContext,
  grant: OauthGrantRow,
  ends: boolean,
  problem: GrantReason,
): Promise<GrantFailure> {
  const refused = ends ? await commitNow(context, context.account.grants.end(grant)) : undefined
  return refused ?? invalidGrant(problem)
}

/**
 * Call in the tick that commits the next tokens: undefined, unless another request has used the grant
 * since it was read.
 */
export function usedMeanwhile(
  { account }: EdgeContext,
  grant: OauthGrantRow,
): Failure<'oauth_invalid_grant'> | undefined {
  return account.grants.isCurrent(grant) ? undefined : invalidGrant('oauth_grant_used_meanwhile')
}

function living({ account, world }: EdgeContext, grant: OauthGrantRow): GoodGrant | GrantFailure {
  if (world.seconds() >= grant.exp) return invalidGrant('oauth_grant_over')
  if (account.grants.isRevoked(grant)) return invalidGrant('oauth_grant_revoked')
  const user = account.user(grant.user_id)
  return user === undefined ? invalidGrant('oauth_grant_person_unknown') : { grant, user }
}
