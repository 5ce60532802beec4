/** The handlers of Managed OAuth: loaded with the first request to one of its endpoints. */
import type { managedOauth } from '../../../contracts/edge/oauth.ts'
import type { PathHandlers } from '../context.ts'
import { authorize } from './authorization.ts'
import { resourceMetadata, serverMetadata } from './metadata.ts'
import { register } from './registration.ts'
import { revoke } from './revocation.ts'
import { issueTokens } from './token.ts'

export const oauthHandlers: PathHandlers<typeof managedOauth> = {
  oauthProtectedResource: (_call, context) => resourceMetadata(context),
  oauthAuthorizationServer: (_call, context) => serverMetadata(context),
  oauthRegistration: (_call, context) => register(context),
  oauthAuthorization: (_call, context) => authorize(context),
  oauthToken: (_call, context) => issueTokens(context),
  oauthRevocation: (_call, context) => revoke(context),
}
