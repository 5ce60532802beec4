/** The handlers of SaaS applications: loaded with the first request to one of their endpoints. */
import type { oidcProvider } from '../../../../contracts/edge/oidc.ts'
import type { PathHandlers } from '../../context.ts'
import { authorize, authorizeByForm } from './authorization.ts'
import { configuration, keys } from './discovery.ts'
import { metadata, signIn } from './saml.ts'
import { issueTokens } from './token.ts'
import { userinfo } from './userinfo.ts'

export const saasHandlers: PathHandlers<typeof oidcProvider> = {
  oidcConfiguration: ({ params }, context) => configuration(context, params.client_id),
  oidcAuthorization: ({ params }, context) => authorize(context, params.client_id),
  oidcAuthorizationForm: ({ params }, context) => authorizeByForm(context, params.client_id),
  oidcToken: ({ params }, context) => issueTokens(context, params.client_id),
  oidcKeys: ({ params }, context) => keys(context, params.client_id),
  oidcUserinfo: ({ params }, context) => userinfo(context, params.client_id),
  samlMetadata: ({ params }, context) => metadata(context, params.app),
  samlSignIn: ({ params }, context) => signIn(context, params.app),
}
