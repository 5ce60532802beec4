/** Errors of OAuth on the wire, by the RFC that names each. */

/** An OAuth error response: `{error, error_description}`. */
export interface OauthErrorRow {
  readonly status: number
  /** As the wire has it. */
  readonly error: string
  /** Where nothing more exact is said. */
  readonly message: string
}

/** The names keep clear of the API's own failures, which share a table with them. */
export const oauthErrors = {
  // RFC 6749, 5.2
  oauth_invalid_request: {
    status: 400,
    error: 'invalid_request',
    message: 'The request lacks a parameter, has one twice, or is malformed.',
  },
  oauth_invalid_client: {
    status: 401,
    error: 'invalid_client',
    message: 'The client is not known, or did not authenticate as it registered.',
  },
  oauth_invalid_grant: {
    status: 400,
    error: 'invalid_grant',
    message: 'The code or refresh token is unknown, used, expired, revoked or of another client.',
  },
  oauth_unauthorized_client: {
    status: 400,
    error: 'unauthorized_client',
    message: 'The client may not use this grant type.',
  },
  oauth_unsupported_grant_type: {
    status: 400,
    error: 'unsupported_grant_type',
    message: 'grant_type must be authorization_code or refresh_token.',
  },
  oauth_server_error: {
    status: 503,
    error: 'server_error',
    message: 'The emulator could not store this change, and refuses further writes.',
  },
  // RFC 6750, 3.1
  oauth_invalid_token: {
    status: 401,
    error: 'invalid_token',
    message: 'The access token is missing, unknown, expired, revoked or of another application.',
  },
  // RFC 8707, 2
  oauth_invalid_target: {
    status: 400,
    error: 'invalid_target',
    message: 'The resource is not one that the grant is for.',
  },
  // RFC 7591, 3.2.2
  oauth_invalid_redirect_uri: {
    status: 400,
    error: 'invalid_redirect_uri',
    message: 'redirect_uris must list at least one absolute URI without a fragment.',
  },
  oauth_invalid_client_metadata: {
    status: 400,
    error: 'invalid_client_metadata',
    message: 'The metadata of the client is not valid.',
  },
  /** Where no application lets clients register (sign-in-oauth-registration-disabled). */
  oauth_registration_disabled: {
    status: 403,
    error: 'access_denied',
    message: 'No application of the team lets clients register themselves',
  },
} as const satisfies Record<string, OauthErrorRow>

export type OauthFailureName = keyof typeof oauthErrors

/** Errors that the authorization endpoint sends to the callback (RFC 6749, 4.1.2.1; RFC 8707, 2). */
export type AuthorizationError =
  | 'invalid_request'
  | 'unauthorized_client'
  | 'access_denied'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'server_error'
  // OpenID Connect Core, 3.1.2.6
  | 'login_required'
