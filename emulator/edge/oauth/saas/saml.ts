/** SAML: an application's metadata; signing in is not emulated (sign-in-saml). */
import { isObject } from '../../../../contracts/declaration/json.ts'
import type { oidcProvider } from '../../../../contracts/edge/oidc.ts'
import type { ApplicationRow } from '../../../account/account.ts'
import { html } from '../../../http/html.ts'
import { because } from '../../../http/reply.ts'
import type { EdgeContext, PathAnswer } from '../../context.ts'
import { flowPage } from '../../login/flow.ts'
import { messagePage } from '../../login/pages.ts'
import { applicationUnknown, pathUnknown } from '../../unknown.ts'

type SamlAnswer<E extends 'samlMetadata' | 'samlSignIn'> = PathAnswer<(typeof oidcProvider)[E]>

/** The path ends in the AUD tag of the application (api-saas-values). */
function samlApplication({ account, place }: EdgeContext, aud: string): ApplicationRow | undefined {
  if (place !== 'team') return undefined
  const application = account.applications.withAud(aud)
  return application?.saas_app?.auth_type === 'saml' ? application : undefined
}

export function metadata(context: EdgeContext, aud: string): SamlAnswer<'samlMetadata'> {
  const application = samlApplication(context, aud)
  if (application === undefined) return unknown(context)
  const { saas_app } = application
  const { idp_entity_id, sso_endpoint, public_key } = isObject(saas_app) ? saas_app : {}
  const certificate = String(public_key ?? '').replace(/-----[A-Z ]+-----|\s/g, '')
  const serviceBy = (binding: string) =>
    html`<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${String(sso_endpoint)}"/>`
  const { text: body } = html`<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${String(idp_entity_id)}"><md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>${serviceBy('HTTP-Redirect')}${serviceBy('HTTP-POST')}</md:IDPSSODescriptor></md:EntityDescriptor>
`
  return { reply: { status: 200, headers: { 'content-type': 'application/xml' }, body } }
}

export function signIn(context: EdgeContext, aud: string): SamlAnswer<'samlSignIn'> {
  if (samlApplication(context, aud) === undefined) return unknown(context)
  const text =
    'The emulator does not sign anyone in by SAML. It serves the metadata of the application, and its fields in the API.'
  const page = flowPage(501, messagePage('SAML is not emulated', text))
  return { reply: because(page, 'saml_not_emulated', text) }
}

function unknown(context: EdgeContext) {
  const isTeam = context.place === 'team' && context.account.team() !== undefined
  return { reply: isTeam ? applicationUnknown(context) : pathUnknown(context) }
}
