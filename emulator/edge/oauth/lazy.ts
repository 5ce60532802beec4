/** Managed OAuth as the router has it: its code is loaded with the first request to one of its endpoints. */
import {
  type managedOauth,
  oauthPaths,
  oauthResourcePath,
  oauthServerPath,
} from '../../../contracts/edge/oauth.ts'
import { oidcProvider, ssoPrefix } from '../../../contracts/edge/oidc.ts'
import { managedOauthOf } from '../../access/oauth.ts'
import { isOrUnder } from '../../access/paths.ts'
import type { Account } from '../../account/account.ts'
import type { PathHandlers } from '../context.ts'

const metadata = () => import('./metadata.ts')
const saasAuthorization = () => import('./saas/authorization.ts')
const discovery = () => import('./saas/discovery.ts')
const saml = () => import('./saas/saml.ts')

export const oauthHandlers: PathHandlers<typeof managedOauth> = {
  oauthProtectedResource: async (_call, context) => (await metadata()).resourceMetadata(context),
  oauthAuthorizationServer: async (_call, context) => (await metadata()).serverMetadata(context),
  oauthRegistration: async (_call, context) =>
    (await import('./registration.ts')).register(context),
  oauthAuthorization: async (_call, context) =>
    (await import('./authorization.ts')).authorize(context),
  oauthToken: async (_call, context) => (await import('./token.ts')).issueTokens(context),
  oauthRevocation: async (_call, context) => (await import('./revocation.ts')).revoke(context),
}

export const saasHandlers: PathHandlers<typeof oidcProvider> = {
  oidcConfiguration: async ({ params }, context) =>
    (await discovery()).configuration(context, params.client_id),
  oidcAuthorization: async ({ params }, context) =>
    (await saasAuthorization()).authorize(context, params.client_id),
  oidcAuthorizationForm: async ({ params }, context) =>
    (await saasAuthorization()).authorizeByForm(context, params.client_id),
  oidcToken: async ({ params }, context) =>
    (await import('./saas/token.ts')).issueTokens(context, params.client_id),
  oidcKeys: async ({ params }, context) => (await discovery()).keys(context, params.client_id),
  oidcUserinfo: async ({ params }, context) =>
    (await import('./saas/userinfo.ts')).userinfo(context, params.client_id),
  samlMetadata: async ({ params }, context) => (await saml()).metadata(context, params.app),
  samlSignIn: async ({ params }, context) => (await saml()).signIn(context, params.app),
}

const { oidcToken, oidcUserinfo, oidcKeys, oidcConfiguration } = oidcProvider

/** Paths that support cross-origin preflights. */
export const crossOriginPaths = [
  oauthPaths.registration,
  oauthPaths.token,
  oauthPaths.revocation,
  oauthServerPath,
  oauthResourcePath,
  ...[oidcToken, oidcUserinfo, oidcKeys, oidcConfiguration].map(({ path }) => path),
]

/** Endpoints that read a body. */
export function readsOauthBody(path: string): boolean {
  return (
    path === oauthPaths.registration ||
    path === oauthPaths.token ||
    path === oauthPaths.revocation ||
    (path.startsWith(ssoPrefix) && path.endsWith('/token'))
  )
}

/** A Managed OAuth document on an application's host. Without Managed OAuth, the path belongs to the origin. */
export function isOauthDocument(account: Account | undefined, host: string, path: string): boolean {
  if (account === undefined || !path.startsWith('/.well-known/oauth-')) return false
  const document = [oauthResourcePath, oauthServerPath].find((each) => isOrUnder(each, path))
  if (document === undefined) return false
  const application = account.applications.at(host, path.slice(document.length) || '/')
  return application !== undefined && managedOauthOf(application) !== undefined
}

/** For paths that public mocks have but Access does not. */
export function ssoHint(path: string): string | undefined {
  if (!path.startsWith(ssoPrefix)) return undefined
  return 'Access has no such endpoint: those of a SaaS application are /cdn-cgi/access/sso/oidc/<client id>/ and .well-known/openid-configuration, authorization, token, jwks or userinfo'
}
