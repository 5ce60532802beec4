/** What a client discovers: the resource (RFC 9728) and its authorization server (RFC 8414). */
import type { managedOauth } from '../../../contracts/edge/oauth.ts'
import {
  oauthClientAuthentications,
  oauthGrantTypes,
  oauthPaths,
  oauthResourcePath,
} from '../../../contracts/edge/oauth.ts'
import type { EdgeContext, PathAnswer } from '../context.ts'
import { pathUnknown } from '../unknown.ts'
import { openConfigurations } from './applications.ts'
import { crossOrigin } from './failures.ts'

type OauthAnswer<E extends keyof typeof managedOauth> = PathAnswer<(typeof managedOauth)[E]>

/** On the host of an application with Managed OAuth; other hosts pass the path to their origin. */
export function resourceMetadata(context: EdgeContext): OauthAnswer<'oauthProtectedResource'> {
  const { account, edgeRequest, place } = context
  const team = account.team()
  if (place !== 'application' || team === undefined) return { reply: pathUnknown(context) }
  const path = edgeRequest.path.slice(oauthResourcePath.length)
  const resource = `https://${edgeRequest.host}${path}`
  return {
    result: { resource, authorization_servers: [`https://${team}`] },
    headers: crossOrigin(account),
  }
}

export function serverMetadata(context: EdgeContext): OauthAnswer<'oauthAuthorizationServer'> {
  const { account } = context
  const team = account.team()
  if (team === undefined) return { reply: pathUnknown(context) }
  const at = (path: string) => `https://${team}${path}`
  const isOpen = openConfigurations(account).length > 0
  return {
    result: {
      issuer: account.behaviour('oauth.issuer') === 'url' ? `https://${team}` : team,
      authorization_endpoint: at(oauthPaths.authorization),
      token_endpoint: at(oauthPaths.token),
      revocation_endpoint: at(oauthPaths.revocation),
      // Absent if no application lets clients register (sign-in-oauth-server-metadata).
      ...(isOpen ? { registration_endpoint: at(oauthPaths.registration) } : {}),
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: [...oauthGrantTypes],
      token_endpoint_auth_methods_supported: [...oauthClientAuthentications],
      code_challenge_methods_supported: ['S256'],
    },
    headers: crossOrigin(account),
  }
}
