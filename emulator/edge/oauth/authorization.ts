/** The authorization endpoint of Managed OAuth: from a client's request by the login to a code (sign-in-oauth-flow). */
import type { managedOauth } from '../../../contracts/edge/oauth.ts'
import type { AuthorizationError } from '../../../contracts/errors/oauth.ts'
import { isChallenge, isRedirectAllowed, oauthLifetimes } from '../../access/oauth.ts'
import type { OauthClientRow } from '../../account/account.ts'
import { because, type Reply } from '../../http/reply.ts'
import type { EdgeContext, PathAnswer } from '../context.ts'
import { personFor } from '../login/complete-login.ts'
import { redirect } from '../login/flow.ts'
import { pathUnknown } from '../unknown.ts'
import {
  atCallback,
  authorizationPage,
  type Callback,
  errorAtCallback,
  notKept,
} from './answers.ts'
import { applicationFor, type Protected, targetOf } from './applications.ts'
import { sentTwice } from './clients.ts'
import { commitNow } from './commit.ts'

type AuthorizationAnswer = PathAnswer<(typeof managedOauth)['oauthAuthorization']>

/** A request that may go on to the login. */
interface AuthorizationRequest extends Callback, Protected {
  readonly client: OauthClientRow
  /** None where the request lacks it, and is not refused for that. */
  readonly resource?: string
  readonly code_challenge: string | undefined
}

export async function authorize(context: EdgeContext): Promise<AuthorizationAnswer> {
  const { account, edgeRequest, place } = context
  if (place !== 'team') return { reply: pathUnknown(context) }
  const read = readRequest(context, new URLSearchParams(edgeRequest.query))
  if ('reply' in read) return read
  const { application, configuration, client, code_challenge, resource, ...callback } = read
  const person = await personFor(context, application)
  if ('reply' in person) return person
  const { user, identity, evaluation } = person
  if (resource === undefined) {
    const root = redirect(`https://${read.hostname}/`)
    return { reply: because(root, 'oauth_resource_missing'), evaluation }
  }
  const { code, changes } = account.grants.begin({
    ...{ application, code_challenge, resource, redirect_uri: callback.redirect_uri },
    client_id: client.id,
    ...{ user, identity },
    policy_id: evaluation.verdict.policy?.id,
    country: edgeRequest.country,
    lifetime: oauthLifetimes(configuration).grant,
  })
  const refused = await commitNow(context, changes)
  if (refused !== undefined) return { reply: notKept(callback, refused), evaluation }
  return { reply: redirect(atCallback(callback, { code })), evaluation }
}

function readRequest(
  context: EdgeContext,
  parameters: URLSearchParams,
): AuthorizationRequest | { readonly reply: Reply } {
  const { account } = context
  const client = account.clients.get(parameters.get('client_id') ?? '')
  if (client === undefined) {
    const text = 'No client has registered with this client_id.'
    return { reply: authorizationPage('oauth_client_unknown', text) }
  }
  const [only] = client.redirect_uris.length === 1 ? client.redirect_uris : []
  const redirect_uri = parameters.get('redirect_uri') ?? only
  if (redirect_uri === undefined || !client.redirect_uris.includes(redirect_uri)) {
    const text = 'redirect_uri is not one that the client registered.'
    return { reply: authorizationPage('oauth_redirect_not_registered', text) }
  }
  const callback = { redirect_uri, state: parameters.get('state') ?? undefined }
  const refuse = (error: AuthorizationError, description: string) => ({
    reply: errorAtCallback(callback, error, description),
  })
  const twice = sentTwice(parameters)
  if (twice !== undefined) return refuse('invalid_request', twice)
  if (parameters.get('response_type') !== 'code') {
    return refuse('unsupported_response_type', 'response_type must be code')
  }
  const challenge = parameters.get('code_challenge') ?? undefined
  const method = parameters.get('code_challenge_method')
  const problem = challengeProblem(account, client, challenge, method)
  if (problem !== undefined) return refuse('invalid_request', problem)
  const resource = parameters.get('resource')
  if (resource === null) {
    const lost = account.behaviour('oauth.resource_missing') === 'application_root'
    const guessed = lost ? applicationFor(account, redirect_uri) : undefined
    if (guessed !== undefined) return { ...callback, ...guessed, client, code_challenge: challenge }
    return refuse('invalid_target', 'resource is required (RFC 8707)')
  }
  const target = targetOf(account, resource)
  if ('problem' in target) return refuse('invalid_target', target.problem)
  if (!isRedirectAllowed(redirect_uri, target.configuration)) {
    return refuse('invalid_request', 'Redirect URI not allowed by application configuration')
  }
  return { ...callback, ...target, client, resource, code_challenge: challenge }
}

function challengeProblem(
  { behaviour }: EdgeContext['account'],
  { token_endpoint_auth_method }: OauthClientRow,
  challenge: string | undefined,
  method: string | null,
): string | undefined {
  if (challenge === undefined) {
    const isPublic = token_endpoint_auth_method === 'none'
    return isPublic ? 'code_challenge is required for public clients' : undefined
  }
  const isMisread = /^[-_]/.test(challenge) && behaviour('oauth.challenge_dash') === 'refused'
  if (method !== 'S256' || isMisread) {
    return 'code_challenge_method must be S256 for public clients'
  }
  if (!isChallenge(challenge)) return 'code_challenge must be 43 characters of base64url (RFC 7636)'
  return undefined
}
