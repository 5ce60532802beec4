/** One SaaS application as an OpenID provider: its settings, its issuer and its key. */
import {
  type OidcApplication,
  oidcApplication,
} from '../../../../contracts/api/oidc-application.ts'
import { oidcIssuer } from '../../../../contracts/edge/oidc.ts'
import type { ApplicationRow } from '../../../account/account.ts'
import { because, type Reply } from '../../../http/reply.ts'
import { perRow } from '../../../state/per-row.ts'
import type { SigningKey } from '../../../world/keys.ts'
import type { EdgeContext } from '../../context.ts'
import { applicationUnknown, pathUnknown } from '../../unknown.ts'

export interface Provider {
  readonly application: ApplicationRow
  readonly app: OidcApplication
  readonly issuer: string
}

const settingsOf = perRow(
  ({ saas_app }: ApplicationRow): OidcApplication | undefined =>
    oidcApplication().safeParse(saas_app).data,
)

/** The provider of a client id; otherwise what is answered in its place. */
export function providerOf(
  context: EdgeContext,
  clientId: string,
): Provider | { readonly reply: Reply } {
  const { account, place } = context
  const team = account.team()
  if (place !== 'team' || team === undefined) return { reply: pathUnknown(context) }
  const application = account.applications.ofSaasClient(clientId)
  const app = application === undefined ? undefined : settingsOf(application)
  if (application === undefined || app === undefined) {
    return { reply: because(applicationUnknown(context), 'oidc_client_unknown') }
  }
  return { application, app, issuer: oidcIssuer(team, clientId) }
}

/**
 * The key of an application's ID tokens: it stays through rotations of the account's keys, and is eight of the pool away
 * from them (sign-in-oidc-id-token).
 */
export function keyOf(
  { account, world }: EdgeContext,
  { application }: Provider,
): Promise<SigningKey> {
  const [byte = 0] = world.bytes(1, 'oidc_key', account.id, application.id)
  return world.keys.pick(account.firstKey() + 8 + (byte % 4))
}
