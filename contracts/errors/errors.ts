/** Every failure that the emulator may answer with, one row each: status, code, message, evidence. */

import type { GrantReason } from '../reasons/oauth.ts'
import type { answerReasons } from '../reasons/table.ts'
import { errorRows } from './error-row.ts'
import { gatewayErrors } from './gateway.ts'
import type { OauthFailureName } from './oauth.ts'
import { zoneErrors } from './zone.ts'

/** Failures of the API. Those of Access are named after their `access.api.error.` codes (api-errors). */
export const apiErrors = errorRows({
  ...gatewayErrors,
  not_enabled: {
    status: 403,
    code: 9999,
    message:
      "access.api.error.not_enabled: Access is not enabled. Visit the Access dashboard at https://dash.cloudflare.com/ and click the 'Enable Access' button.",
    evidence: 'recorded',
    source: ['api-not-enabled', 'api-not-enabled-status'],
  },
  organization_exists: {
    status: 409,
    code: 11002,
    message: 'access.api.error.organization_already_exists',
    evidence: 'assumed',
    source: ['api-organization-exists'],
  },
  invalid_auth_domain: {
    status: 400,
    code: 11004,
    message: 'access.api.error.invalid_auth_domain',
    evidence: 'recorded',
    source: ['api-auth-domain-required'],
  },
  auth_domain_not_available: {
    status: 409,
    code: 11005,
    message: 'access.api.error.auth_domain_not_available',
    evidence: 'assumed',
    source: ['api-auth-domain-taken'],
  },
  application_already_exists: {
    status: 409,
    code: 11010,
    message: 'access.api.error.application_already_exists',
    evidence: 'recorded',
    source: ['api-application-exists'],
  },
  unknown_application: {
    status: 404,
    code: 11021,
    message: 'access.api.error.unknown_application',
    evidence: 'recorded',
    source: ['api-application-unknown'],
  },
  invalid_request: {
    status: 400,
    code: 12130,
    message: 'access.api.error.invalid_request',
    evidence: 'recorded',
    source: ['api-invalid-request'],
  },
  conflict: {
    status: 409,
    code: 12132,
    message: 'access.api.error.conflict',
    evidence: 'recorded',
    source: ['api-one-time-pin-once', 'api-conflict'],
  },
  not_found: {
    status: 404,
    code: 12135,
    message: 'access.api.error.not_found',
    evidence: 'recorded',
    source: ['api-object-unknown'],
  },
  service_token_in_use: {
    status: 400,
    code: 12139,
    message:
      'access.api.error.service_token_in_use: cannot delete service token because it is used by a policy, group, or app SCIM configuration.',
    evidence: 'recorded',
    source: ['api-token-in-use'],
  },
  unknown_group: {
    status: 404,
    code: 12152,
    message: 'access.api.error.not_found: group not found',
    evidence: 'assumed',
    source: ['api-group-unknown'],
  },
  unknown_certificate: {
    status: 404,
    code: 12135,
    message: 'access.api.error.not_found: certificate not found',
    evidence: 'assumed',
    source: ['api-mtls-certificate-unknown'],
  },
  ...zoneErrors,
  body_too_large: {
    status: 413,
    code: 12130,
    message: 'access.api.error.invalid_request: the body is larger than 1 MiB',
    evidence: 'assumed',
    source: ['api-body-limits'],
  },
  write_refused: {
    status: 503,
    code: 19503,
    message: 'The emulator could not store this change, and refuses further writes.',
    evidence: 'emulator_only',
    source: ['emulator-refused-writes'],
  },
  quota_exceeded: {
    status: 403,
    code: 19403,
    message: 'Cloudflare has no such limit, but this emulator has one',
    evidence: 'emulator_only',
    source: ['emulator-account-quota'],
  },
  not_emulated: {
    status: 501,
    code: 19501,
    message: 'This operation of the Cloudflare API is not emulated yet',
    evidence: 'emulator_only',
    source: ['emulator-not-emulated'],
  },
  internal: {
    status: 500,
    code: 19500,
    message: 'The emulator has a bug: the answer broke its own contract. Its log says more.',
    evidence: 'emulator_only',
    source: ['emulator-refused-writes'],
  },
})

/** Failures of the exchange in the profile `expected`; their `code` is the key (emulator-exchange-failures). */
export const exchangeErrors = {
  credentials_missing: {
    status: 401,
    message: 'Send both CF-Access-Client-Id and CF-Access-Client-Secret.',
  },
  credentials_invalid: {
    status: 401,
    message: 'The client id and secret do not name an active service token.',
  },
  body_invalid: {
    status: 400,
    message: 'The body must be empty or a JSON object like {"aud": "<AUD tag>"}.',
  },
  aud_required: {
    status: 400,
    message:
      'Say which application with its AUD tag: "aud" in the body, or ?aud= on the team domain.',
  },
  aud_unknown: { status: 404, message: 'No application has this AUD tag.' },
  aud_mismatch: { status: 400, message: 'This AUD tag belongs to an application on another host.' },
  not_authorized: {
    status: 403,
    message: 'The service token is good, but no policy of the application admits it.',
  },
} as const satisfies Record<string, { status: number; message: string }>

/** Failures of the emulator's own control API; their `code` is the key. */
export const controlErrors = {
  bad_request: { status: 400, message: 'The request is not valid.' },
  forbidden: { status: 403, message: 'This caller may not use the control API.' },
  unknown: { status: 404, message: 'Not found.' },
  changed_since: {
    status: 409,
    message: 'These rows have changed since, so it cannot be undone on its own. Use reset.',
  },
  exists: { status: 409, message: 'It already exists.' },
  quota_exceeded: {
    status: 403,
    message: 'The account would hold more than this emulator lets it.',
  },
  too_large: { status: 413, message: 'The body is too large.' },
  write_refused: {
    status: 503,
    message: 'The emulator could not store this change, and refuses further writes.',
  },
  not_installed: {
    status: 501,
    message: 'This needs the package prom-client, which is not installed: npm install prom-client.',
  },
  not_ready: { status: 503, message: 'Send requests to another replica.' },
} as const satisfies Record<string, { status: number; message: string }>

export type ApiFailureName = keyof typeof apiErrors
export type ExchangeFailureName = keyof typeof exchangeErrors
export type ControlFailureName = keyof typeof controlErrors
export type FailureName =
  | ApiFailureName
  | ExchangeFailureName
  | ControlFailureName
  | OauthFailureName

/** Why a request was answered so, where no policy decided: a reason, or the name of the failure. */
export type AnswerReason = keyof typeof answerReasons | FailureName

/** A row of the table, as a value. `detail` is appended to an API message after a colon, or replaces a plain one. */
export interface Failure<N extends FailureName = FailureName> {
  readonly failure: N
  readonly detail?: string
  /** For the journal, where it says more than the name of the failure. */
  readonly reason?: GrantReason
  /** A page that the error links to. */
  readonly documentation_url?: string | undefined
}

export function fail<const N extends FailureName>(failure: N, detail?: string): Failure<N> {
  return detail === undefined ? { failure } : { failure, detail }
}

export function isFailure(value: object): value is Failure {
  return 'failure' in value
}
