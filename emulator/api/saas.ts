/** The generated parts of a SaaS application: the OIDC client, the SAML endpoint, and the certificate of either. */
import type { ApplicationBody } from '../../contracts/api/applications.ts'
import { publishedKeys } from '../account/keys.ts'
import { teamOf } from '../account/organization.ts'
import { publishedCertificate } from '../crypto/certificates.ts'
import type { ApplicationRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { hex } from '../world/ids.ts'
import type { ApiContext } from './context.ts'

/** Adds the current signing certificate to the body, here because it is asynchronous and the handlers are not. */
export async function withCertificate<C extends { readonly body: ApplicationBody }>(
  call: C,
  { account, world, isSeed }: ApiContext,
): Promise<C> {
  const { type, saas_app } = call.body
  if (type !== 'saas' || saas_app === undefined) return call
  if (isSeed && saas_app.public_key !== undefined) return call
  const { current } = await publishedKeys(account, world)
  const public_key = await publishedCertificate(current)
  return { ...call, body: { ...call.body, saas_app: { ...saas_app, public_key } } }
}

interface ServerMade {
  readonly fields: Pick<ApplicationRow, 'domain' | 'saas_app' | 'saas_secret'>
  readonly changes: readonly Change[]
  /** The client secret, if this call generated it. */
  readonly secret?: string
}

const nothing: ServerMade = { fields: {}, changes: [] }

/**
 * The fields of a SaaS application that clients cannot set. They are kept on replace; a seed may give them. The client id
 * and the endpoint contain the AUD tag (api-saas-applications, api-saas-values).
 */
export function saasParts(
  { type, saas_app }: ApplicationBody,
  { id, aud }: Pick<ApplicationRow, 'id' | 'aud'>,
  before: ApplicationRow | undefined,
  context: ApiContext,
): ServerMade {
  if (type !== 'saas' || saas_app === undefined) return nothing
  const { client_id, client_secret, public_key, ...settings } = saas_app
  const explicit = context.isSeed ? { client_id, client_secret } : {}
  const old = before?.saas_app
  const common = { public_key: old?.public_key ?? public_key }
  if (settings.auth_type !== 'oidc') {
    const made = samlParts(settings, aud, old, context)
    const domain = String(made.sso_endpoint).replace(/^https:\/\//, '')
    return { fields: { domain, saas_app: { ...settings, ...made, ...common } }, changes: [] }
  }
  const fields = { saas_app: { ...settings, client_id: explicit.client_id ?? aud, ...common } }
  const kept =
    typeof explicit.client_secret === 'string' ? explicit.client_secret : before?.saas_secret
  if (kept !== undefined) return { fields: { ...fields, saas_secret: kept }, changes: [] }
  const minted = context.account.mint('saas_client', id)
  const secret = hex(minted.bytes(32, 'secret'))
  return { fields: { ...fields, saas_secret: secret }, changes: [minted.change], secret }
}

type Saas = NonNullable<ApplicationBody['saas_app']>

/** `idp_entity_id` and `sso_endpoint` may be set (the official schema calls them optional and computed). */
function samlParts(given: Saas, aud: string, old: Saas | undefined, { account }: ApiContext) {
  const team = `https://${teamOf(account) ?? ''}`
  return {
    auth_type: 'saml',
    name_id_format: given.name_id_format ?? 'email',
    idp_entity_id: given.idp_entity_id ?? old?.idp_entity_id ?? team,
    sso_endpoint:
      given.sso_endpoint ?? old?.sso_endpoint ?? `${team}/cdn-cgi/access/sso/saml/${aud}`,
  }
}
