/** Behaviours of Managed OAuth and of the OpenID provider, where public records differ or say nothing. */
import { behaviour, everywhere, onOff } from './behaviour.ts'

export const oauthBehaviours = {
  'oauth.issuer': behaviour({
    about:
      'The issuer in the metadata of the authorization server: a URL, as RFC 8414 demands, or the bare team domain of an example in the documentation',
    values: ['url', 'team_domain'],
    source: ['sign-in-oauth-issuer'],
    in: everywhere('url', 'assumed'),
  }),
  'oauth.cross_origin': behaviour({
    about:
      'Whether scripts of any origin may read the metadata and use the registration, token and revocation endpoints',
    values: onOff,
    source: ['sign-in-oauth-cross-origin'],
    in: everywhere(true, 'assumed'),
  }),
  'oauth.registration_disabled': behaviour({
    about: 'Status of a registration where no application lets clients register themselves',
    values: [400, 403, 404],
    source: ['sign-in-oauth-registration-disabled'],
    in: everywhere(400, 'assumed'),
  }),
  'oauth.resource_missing': behaviour({
    about:
      'Where an authorization without `resource` ends: at the callback with invalid_target, or after the login at the root of the application, without a code',
    values: ['invalid_target', 'application_root'],
    source: ['sign-in-oauth-resource-missing', 'sign-in-oauth-invalid-target'],
    in: everywhere('invalid_target', 'assumed'),
  }),
  'oauth.challenge_dash': behaviour({
    about:
      'Whether a code_challenge that begins with - or _ is taken, or refused as if it were not S256: one in 32 begins so',
    values: ['accepted', 'refused'],
    source: ['sign-in-oauth-challenge', 'sign-in-oauth-challenge-today'],
    in: everywhere('accepted', 'assumed'),
  }),
  'oauth.code_lifetime': behaviour({
    about: 'For how many seconds an authorization code may be exchanged',
    values: [86_400, 600, 60],
    source: ['sign-in-oauth-code-lifetime'],
    in: everywhere(86_400, 'assumed'),
  }),
  'oauth.code_reuse': behaviour({
    about: 'What becomes of a grant whose code is sent again: it ends, or stays',
    values: ['ends_grant', 'grant_stays'],
    source: ['sign-in-oauth-code-once'],
    in: everywhere('ends_grant', 'assumed'),
  }),
  'oauth.refresh_reuse': behaviour({
    about:
      'What a refresh token that was rotated away does: it ends the grant, is refused, or is good for as long as the new one was not used',
    values: ['ends_grant', 'refused', 'good_until_next'],
    source: ['sign-in-oauth-refresh-rotation'],
    in: everywhere('ends_grant', 'assumed'),
  }),
  'oauth.revoke_tokens': behaviour({
    about:
      'What revoke_tokens of an application does to its grants: the edge refuses their tokens while a refresh still answers, or they end',
    values: ['edge_refuses', 'ends_grant'],
    source: ['sign-in-oauth-revoke-tokens'],
    in: everywhere('edge_refuses', 'recorded'),
  }),
  'oauth.revoke_user': behaviour({
    about: 'What revoke_user does to the grants of the person: nothing, or they end',
    values: ['grant_stays', 'ends_grant'],
    source: ['sign-in-oauth-revoke-user'],
    in: everywhere('grant_stays', 'recorded'),
  }),

  // The OpenID provider of SaaS applications
  'oidc.access_token': behaviour({
    about: 'The form of an access token of a SaaS application: opaque, or a JWT of its issuer',
    values: ['opaque', 'jwt'],
    source: ['sign-in-oidc-access-token'],
    in: everywhere('opaque', 'assumed'),
  }),
  'oidc.denied': behaviour({
    about:
      'What a person whom no policy admits gets at a SaaS application: a page, or the way back to the client with access_denied',
    values: ['page', 'access_denied'],
    source: ['sign-in-oidc-denied'],
    in: everywhere('page', 'assumed'),
  }),
  'oidc.userinfo_profile': behaviour({
    about: 'Whether userinfo has the claims of the scope profile, as the ID token has',
    values: onOff,
    source: ['sign-in-oidc-userinfo'],
    in: everywhere(true, 'assumed'),
  }),
} as const
