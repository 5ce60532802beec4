/**
 * An MCP server in a Worker. For MCP clients, the Worker is the authorization server; it signs people in through Access, whose
 * SaaS application is the OpenID provider upstream.
 */
import {
  AuthorizationError,
  authorizationErrorRedirect,
  OAuthProvider,
} from '@cloudflare/workers-oauth-provider'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { env } from 'cloudflare:workers'
import * as oidc from 'oauth4webapi'

/** `WORKER_URL` is where the Worker is reached; the others are of the SaaS application, as `env --saas` prints them. */
const { WORKER_URL, ACCESS_ISSUER, ACCESS_CLIENT_ID, ACCESS_CLIENT_SECRET } = env
const redirect_uri = `${WORKER_URL}/callback`
const client = { client_id: ACCESS_CLIENT_ID }

/** The protected API: an MCP server with one tool. `ctx.props` is what the sign-in stored with the token. */
const mcp = {
  async fetch(request, _env, { props }) {
    const server = new McpServer({ name: 'whoami', version: '1.0.0' })
    const description = 'Returns the email address of the person who signed in through Access'
    server.registerTool('whoami', { description }, () => ({
      content: [{ type: 'text', text: props.email }],
    }))
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
    await server.connect(transport)
    return transport.handleRequest(request)
  },
}

let discovered

/** Access as the Worker discovers it, once for the life of this Worker instance. */
async function discoverAccess() {
  const issuer = new URL(ACCESS_ISSUER)
  discovered ??= await oidc.processDiscoveryResponse(issuer, await oidc.discoveryRequest(issuer))
  return discovered
}

/** Asks for consent: every MCP client reaches Access through the one SaaS application, so a session there is not enough. */
async function askForConsent(request, { OAUTH_PROVIDER }) {
  const asked = await OAUTH_PROVIDER.parseAuthRequest(request)
  const { clientName, redirectHost } = await OAUTH_PROVIDER.describeConsent(asked)
  const { handle, headers } = await OAUTH_PROVIDER.beginConsent(asked)
  headers.set('Content-Type', 'text/html; charset=utf-8')
  const page = `<!DOCTYPE html>
<title>Sign in</title>
<h1>Let a program sign in as you?</h1>
<p><strong>${escaped(clientName)}</strong>, whose name nobody has verified, gets access at <strong>${escaped(redirectHost)}</strong>.</p>
<form method="post" action="/authorize">
<input type="hidden" name="handle" value="${escaped(handle)}">
<button name="decision" value="approve">Sign in through Access</button>
<button name="decision" value="deny">Cancel</button>
</form>`
  return new Response(page, { headers })
}

async function toAccess(request, { OAUTH_PROVIDER }) {
  const form = await request.formData()
  const handle = String(form.get('handle'))
  if (form.get('decision') === 'deny') {
    const { headers } = await OAUTH_PROVIDER.denyConsent(request, handle)
    return new Response(null, { status: 302, headers })
  }
  const approved = await OAUTH_PROVIDER.approveConsent(request, handle)
  const data = { verifier: oidc.generateRandomCodeVerifier(), nonce: oidc.generateRandomNonce() }
  const { state, headers } = await OAUTH_PROVIDER.beginUpstream(approved.request, {
    data,
    headers: approved.headers,
  })
  const { authorization_endpoint } = await discoverAccess()
  const location = new URL(authorization_endpoint)
  location.search = new URLSearchParams({
    ...client,
    redirect_uri,
    response_type: 'code',
    scope: 'openid email profile',
    state,
    nonce: data.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(data.verifier),
    code_challenge_method: 'S256',
  })
  headers.set('Location', location.href)
  return new Response(null, { status: 302, headers })
}

async function fromAccess(request, { OAUTH_PROVIDER }) {
  const { request: asked, data, headers } = await OAUTH_PROVIDER.finishUpstream(request)
  try {
    const { sub, email } = await signedInBy(request, data)
    const { redirectTo } = await OAUTH_PROVIDER.completeAuthorization({
      request: asked,
      userId: sub,
      metadata: {},
      scope: asked.scope,
      props: { email },
    })
    headers.set('Location', redirectTo)
  } catch (error) {
    const reason = reasonOf(error)
    console.warn(`Access did not sign the person in: ${reason}`)
    const code = error instanceof oidc.AuthorizationResponseError ? 'access_denied' : 'server_error'
    headers.set('Location', authorizationErrorRedirect(asked, code, `Access: ${reason}`))
  }
  return new Response(null, { status: 302, headers })
}

/** Exchanges the code at Access. @returns the claims of the ID token, whose signature is verified */
async function signedInBy(request, { verifier, nonce }) {
  const access = await discoverAccess()
  // `finishUpstream` has checked `state` against the browser.
  const parameters = oidc.validateAuthResponse(access, client, new URL(request.url), oidc.skipStateCheck)
  const answer = await oidc.authorizationCodeGrantRequest(
    access,
    client,
    oidc.ClientSecretPost(ACCESS_CLIENT_SECRET),
    parameters,
    redirect_uri,
    verifier,
  )
  const tokens = await oidc.processAuthorizationCodeResponse(access, client, answer, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
  await oidc.validateApplicationLevelSignature(access, answer)
  return oidc.getValidatedIdTokenClaims(tokens)
}

/** What Access answered, if it answered with an OAuth error. */
function reasonOf(error) {
  const { error: code, error_description: description, message } = error
  if (code === undefined) return message
  return description === undefined ? code : `${code}, ${description}`
}

const escaped = (text) => text.replaceAll(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)

const routes = {
  'GET /authorize': askForConsent,
  'POST /authorize': toAccess,
  'GET /callback': fromAccess,
}

const pages = {
  async fetch(request, bindings) {
    const route = routes[`${request.method} ${new URL(request.url).pathname}`]
    if (route === undefined) return new Response('Not found\n', { status: 404 })
    try {
      return await route(request, bindings)
    } catch (error) {
      if (!(error instanceof AuthorizationError)) throw error
      // Only a client and an address that are known may be redirected to.
      if (error.redirectTo !== undefined) return Response.redirect(error.redirectTo, 302)
      return new Response(`${error.description}\n`, { status: 400 })
    }
  },
}

export default new OAuthProvider({
  apiRoute: '/mcp',
  apiHandler: mcp,
  defaultHandler: pages,
  authorizeEndpoint: '/authorize',
  tokenEndpoint: '/token',
  clientRegistrationEndpoint: '/register',
  resourceMetadata: { resource: `${WORKER_URL}/mcp`, authorization_servers: [WORKER_URL] },
})
