/** What is wrong with the credentials of a request. Only the journal and explain tell these apart. */
import { reasonRows } from './row.ts'

/** How every sentence about credentials that no account here has begins. */
export const foreign = 'Unknown credentials'

/** Why no client id and secret can be read from what was sent. */
export const unusablePairReasons = reasonRows({
  client_id_missing: {
    text: 'CF-Access-Client-Secret was sent without CF-Access-Client-Id',
    fix: 'send both headers',
  },
  client_secret_missing: {
    text: 'CF-Access-Client-Id was sent without CF-Access-Client-Secret',
    fix: 'send both headers',
  },
  both_forms_sent: {
    text: 'The client id and secret were sent both as two headers and in the single header',
    fix: 'send one of the two forms',
  },
  header_sent_twice: {
    text: 'CF-Access-Client-Id or CF-Access-Client-Secret was sent twice',
    fix: 'send each header once',
  },
  single_header_keys: {
    text: 'The single header lacks the keys cf-access-client-id and cf-access-client-secret',
    fix: 'write both keys in lower case',
  },
})

/** Why a service token does not authenticate. The name of the service token follows each fix, except the first. */
export const pairReasons = reasonRows({
  unknown: {
    text: `${foreign}: no service token has the client id that was sent`,
    fix: 'send a service token of the account',
  },
  wrong_secret: {
    text: 'The client secret does not match the service token',
    fix: 'send the right secret of the service token',
  },
  expired: {
    text: 'The service token has expired',
    fix: 'extend the expired service token',
  },
  disabled: {
    text: 'The service token is disabled',
    fix: 'enable the service token',
  },
  previous_secret_expired: {
    text: 'The client secret is the previous one, from before a rotation, and is no longer accepted',
    fix: 'send the secret of the last rotation of the service token',
  },
})

/** Why an application token that was sent is not accepted. */
export const tokenReasons = reasonRows({
  jwt_of_other_application: {
    text: 'The application token is for another application',
    fix: 'send an application token of this application',
  },
  jwt_of_unknown_application: {
    text: 'The application token is for no application of the account',
    fix: 'send an application token of this application',
  },
  jwt_of_other_issuer: {
    text: 'The application token names a team that the account no longer has',
    fix: 'send an application token issued under the present name of the team',
  },
  jwt_of_other_type: {
    text: 'The token is not an application token',
    fix: 'send an application token, and no token of another type',
  },
  jwt_expired: {
    text: 'The application token has expired',
    fix: 'send an application token that has not expired',
  },
  jwt_not_yet_valid: {
    text: 'The application token is not valid yet: its nbf is in the future',
    fix: 'send an application token whose nbf has come',
  },
  jwt_revoked: {
    text: 'The application token was revoked',
    fix: 'send an application token issued after the revocation',
  },
  jwt_unverified: { text: 'The token was not signed with any of the published keys' },
  jwt_not_bound: {
    text: 'The application token came without its binding cookie',
    fix: 'send the application token with the CF_Binding that was set beside it',
  },
  jwt_sent_as_bearer: {
    text: 'The application token came as Authorization: Bearer, which Access does not read',
    fix: 'send the application token as the cookie CF_Authorization',
  },
  jwt_of_unknown_service_token: {
    text: 'The application token was issued to a service token that the account does not have',
  },
  jwt_of_ended_service_token: {
    text: 'The application token was issued to a service token that has expired or was disabled or deleted',
  },
  oauth_token_unknown: {
    text: 'No access token of OAuth is like the one that was sent, or it was revoked',
  },
  oauth_token_of_other_application: {
    text: 'The access token of OAuth is for another application',
    fix: 'send an access token that was issued for this application',
  },
  oauth_token_expired: {
    text: 'The access token of OAuth has expired: refresh it',
    fix: 'refresh the access token and send the new one',
  },
  oauth_token_revoked: {
    text: 'The tokens of the application were revoked after the person signed in',
    fix: 'start a new authorization and send its access token',
  },
})

/** Why a One-time PIN is not accepted. */
export const pinReasons = reasonRows({
  pin_not_sent: { text: 'No policy admits the address, so no One-time PIN was sent to it' },
  pin_differs: {
    text: 'The One-time PIN is not the one that was sent',
    fix: 'enter the code that was sent',
  },
  pin_used: {
    text: 'The One-time PIN has been used already',
    fix: 'request a new code and enter it',
  },
  pin_expired: { text: 'The One-time PIN has expired', fix: 'request a new code and enter it' },
  pin_tries_exceeded: {
    text: 'Too many wrong codes were entered',
    fix: 'request a new code and enter it, ten minutes later if that is refused too',
  },
})
