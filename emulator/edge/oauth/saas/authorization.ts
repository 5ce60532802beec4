/** The authorization endpoint of a SaaS application: code, hybrid and implicit flow (sign-in-oidc-flows). */
import type { oidcProvider } from '../../../../contracts/edge/oidc.ts'
import type { AuthorizationError } from '../../../../contracts/errors/oauth.ts'
import { isChallenge } from '../../../access/oauth.ts'
import {
  hasRefreshTokens,
  needsChallenge,
  oidcLifetimes,
  personClaims,
  type ResponseType,
  readScope,
  responseTypeOf,
} from '../../../access/oidc.ts'
import type { UserRow } from '../../../account/account.ts'
import { because, type Reply } from '../../../http/reply.ts'
import type { EdgeContext, PathAnswer } from '../../context.ts'
import { personFor } from '../../login/complete-login.ts'
import { flowPage, redirect } from '../../login/flow.ts'
import { messagePage } from '../../login/pages.ts'
import {
  atCallback,
  authorizationPage,
  type Callback,
  errorAtCallback,
  notKept,
} from '../answers.ts'
import { isForm, sentTwice } from '../clients.ts'
import { commitNow } from '../commit.ts'
import { type Provider, providerOf } from './provider.ts'
import { idToken, jwtAccessToken } from './tokens.ts'

type OidcAuthorizationAnswer = PathAnswer<(typeof oidcProvider)['oidcAuthorization']>

interface OidcAuthorizationRequest {
  readonly provider: Provider
  readonly callback: Callback
  readonly type: ResponseType
  readonly scopes: readonly string[]
  readonly nonce: string | undefined
  readonly code_challenge: string | undefined
  /** `prompt=none`: the person is not to see anything. */
  readonly isSilent: boolean
}

export async function authorize(
  context: EdgeContext,
  clientId: string,
): Promise<OidcAuthorizationAnswer> {
  const provider = providerOf(context, clientId)
  if ('reply' in provider) return provider
  const { application, app } = provider
  const read = readRequest(provider, new URLSearchParams(context.edgeRequest.query))
  if ('reply' in read) return read
  const { callback, isSilent, scopes } = read
  const person = await personFor(context, application)
  if ('reply' in person) {
    // Without a session, no policy was evaluated.
    if (!isSilent || person.evaluation !== undefined) return person
    const text = 'Nobody is signed in, and prompt=none asks for no login'
    return { reply: errorAtCallback(callback, 'login_required', text) }
  }
  const { evaluation, identity } = person
  if (evaluation.verdict.kind !== 'pass') {
    const text = 'No policy admits the person'
    return { reply: errorAtCallback(callback, 'access_denied', text), evaluation }
  }
  const { missing } = personClaims(app, scopes, identity)
  if (missing !== undefined) return { reply: claimMissing(missing), evaluation }
  return answered(context, read, person)
}

/** A form, so long that the login can carry it as a query. */
const longestForm = 8192

/**
 * The parameters as a form (sign-in-oidc-authorization-form). After a login, the browser comes back with them as a query.
 */
export async function authorizeByForm(
  context: EdgeContext,
  clientId: string,
): Promise<OidcAuthorizationAnswer> {
  const form = String(new URLSearchParams(context.body))
  if (!isForm(context) || form.length > longestForm) {
    const text = `Send the parameters as a form of at most ${longestForm} bytes.`
    return { reply: authorizationPage('oauth_form_unreadable', text) }
  }
  const edgeRequest = { ...context.edgeRequest, query: `?${form}` }
  return authorize({ ...context, edgeRequest }, clientId)
}

/** The login ends at an error page (sign-in-oidc-claims); its words are the emulator's own. */
function claimMissing(name: string): Reply {
  const text = `The identity provider gave no "${name}", which this application requires.`
  const page = flowPage(400, messagePage('A required claim is missing', text))
  return because(page, 'oidc_claim_missing', text)
}

function readRequest(
  provider: Provider,
  parameters: URLSearchParams,
): OidcAuthorizationRequest | { readonly reply: Reply } {
  const { app } = provider
  if (parameters.get('client_id') !== app.client_id) {
    const text = 'client_id is not that of the endpoint.'
    return { reply: authorizationPage('oidc_client_differs', text) }
  }
  const redirect_uri = parameters.get('redirect_uri')
  if (redirect_uri === null || !app.redirect_uris.includes(redirect_uri)) {
    const text = 'redirect_uri is not one of the application.'
    return { reply: authorizationPage('oauth_redirect_not_registered', text) }
  }
  const asked = parameters.get('response_type') ?? ''
  const type = responseTypeOf(asked, app)
  // Of what was asked, even where it is refused (OAuth 2.0 Multiple Response Types, 5).
  const usual = /\b(id_token|token)\b/.test(asked) ? 'fragment' : 'query'
  const mode = parameters.get('response_mode') ?? usual
  const state = parameters.get('state') ?? undefined
  const callback: Callback = { redirect_uri, state, mode: usual }
  const refuse = (error: AuthorizationError, description: string) => ({
    reply: errorAtCallback(callback, error, description),
  })
  const twice = sentTwice(parameters)
  if (twice !== undefined) return refuse('invalid_request', twice)
  if (type === undefined) {
    return refuse('unsupported_response_type', `The application does not allow "${asked}"`)
  }
  if (mode !== usual) return refuse('invalid_request', `response_mode must be ${usual}`)
  const scope = readScope(parameters.get('scope'), app)
  if ('problem' in scope) return refuse('invalid_scope', scope.problem)
  const nonce = parameters.get('nonce') ?? undefined
  if (type.id_token && nonce === undefined) {
    return refuse('invalid_request', 'nonce is required with an id_token')
  }
  const code_challenge = parameters.get('code_challenge') ?? undefined
  const problem = challengeProblem(
    provider,
    code_challenge,
    parameters.get('code_challenge_method'),
  )
  if (type.code && problem !== undefined) return refuse('invalid_request', problem)
  const isSilent = parameters.get('prompt') === 'none'
  return { provider, callback, type, scopes: scope.scopes, nonce, code_challenge, isSilent }
}

function challengeProblem(
  { app }: Provider,
  challenge: string | undefined,
  method: string | null,
): string | undefined {
  if (challenge === undefined) {
    return needsChallenge(app) ? 'code_challenge is required' : undefined
  }
  if (method !== 'S256') return 'code_challenge_method must be S256'
  return isChallenge(challenge) ? undefined : 'code_challenge must be 43 characters of base64url'
}

/** The redirect to the client, with the code and tokens that it asked for. */
async function answered(
  context: EdgeContext,
  { provider, callback, type, scopes, nonce, code_challenge }: OidcAuthorizationRequest,
  { user, identity, evaluation }: Extract<Awaited<ReturnType<typeof personFor>>, { user: UserRow }>,
): Promise<OidcAuthorizationAnswer> {
  const { account, edgeRequest } = context
  const { application, app } = provider
  const { accessToken, refreshToken } = oidcLifetimes(app)
  const codeLifetime = account.behaviour('oauth.code_lifetime') + accessToken
  const { code, grant, changes } = account.grants.begin({
    ...{ application, user, identity, nonce, code_challenge },
    client_id: app.client_id,
    redirect_uri: callback.redirect_uri,
    resource: '',
    scope: scopes.join(' '),
    policy_id: evaluation.verdict.policy?.id,
    country: edgeRequest.country,
    lifetime: hasRefreshTokens(app) ? refreshToken : codeLifetime,
  })
  const refused = await commitNow(context, changes)
  if (refused !== undefined) return { reply: notKept(callback, refused) }
  const given: Record<string, string | undefined> = type.code ? { code } : {}
  if (type.token) {
    const tokens = account.grants.nextTokens(grant, {
      ...{ application, user, prefix: '', lifetime: accessToken },
      hostname: edgeRequest.host,
      access_token: await jwtAccessToken(context, provider, grant, accessToken),
      isRefreshed: false,
      spendsCode: !type.code,
    })
    const refusedToo = await commitNow(context, tokens.changes)
    if (refusedToo !== undefined) return { reply: notKept(callback, refusedToo) }
    given.access_token = tokens.access_token
    given.token_type = 'Bearer'
    given.expires_in = String(tokens.expires_in)
    given.scope = grant.scope
  }
  if (type.id_token) {
    const { access_token } = given
    const beside = { code: given.code, access_token, lifetime: accessToken }
    given.id_token = await idToken(context, provider, grant, beside)
  }
  return { reply: redirect(atCallback(callback, given)), evaluation }
}
