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

const load = async () => (await import('./handlers.ts')).oauthHandlers

export const lazyOauthHandlers: PathHandlers<typeof managedOauth> = {
  oauthProtectedResource: async (call, context) =>
    (await load()).oauthProtectedResource(call, context),
  oauthAuthorizationServer: async (call, context) =>
    (await load()).oauthAuthorizationServer(call, context),
  oauthRegistration: async (call, context) => (await load()).oauthRegistration(call, context),
  oauthAuthorization: async (call, context) => (await load()).oauthAuthorization(call, context),
  oauthToken: async (call, context) => (await load()).oauthToken(call, context),
  oauthRevocation: async (call, context) => (await load()).oauthRevocation(call, context),
}

const loadSaas = async () => (await import('./saas/handlers.ts')).saasHandlers

export const lazySaasHandlers: PathHandlers<typeof oidcProvider> = {
  oidcConfiguration: async (call, context) => (await loadSaas()).oidcConfiguration(call, context),
  oidcAuthorization: async (call, context) => (await loadSaas()).oidcAuthorization(call, context),
  oidcAuthorizationForm: async (call, context) =>
    (await loadSaas()).oidcAuthorizationForm(call, context),
  oidcToken: async (call, context) => (await loadSaas()).oidcToken(call, context),
  oidcKeys: async (call, context) => (await loadSaas()).oidcKeys(call, context),
  oidcUserinfo: async (call, context) => (await loadSaas()).oidcUserinfo(call, context),
  samlMetadata: async (call, context) => (await loadSaas()).samlMetadata(call, context),
  samlSignIn: async (call, context) => (await loadSaas()).samlSignIn(call, context),
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
