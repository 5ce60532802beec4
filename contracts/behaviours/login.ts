/** Behaviours of the browser login: where it redirects, and how its pages look and answer. */
import { behaviour, everywhere, onOff } from './behaviour.ts'

export const loginBehaviours = {
  'login.query_order': behaviour({
    about: 'Order of the query parameters in the login redirect',
    values: ['kid,meta,redirect_url', 'kid,redirect_url,meta'],
    source: ['edge-login-redirect-order'],
    in: everywhere('kid,meta,redirect_url', 'recorded'),
  }),
  'login.fragment': behaviour({
    about: 'Whether the login pages carry the URL’s fragment (`#…`) along to the application',
    values: ['kept', 'dropped'],
    source: ['sign-in-fragment'],
    in: everywhere('kept', 'documented'),
  }),
  'login.bind_app_session': behaviour({
    about:
      'Whether a login signs in only the browser whose CF_AppSession it began with. What Cloudflare compares is not known; here the last claim of `meta` is a digest of it. If off, any CF_AppSession will do',
    values: onOff,
    source: ['sign-in-app-session-binding'],
    in: everywhere(true, 'assumed'),
  }),
  'login.pin_tries': behaviour({
    about:
      'How many wrong codes end a One-time PIN login; four times as many within ten minutes end all logins of the same address',
    values: [5, 3, 10],
    source: ['sign-in-pin-tries'],
    in: everywhere(5, 'assumed'),
  }),
  'login.show_pin': behaviour({
    about:
      'Whether the page that asks for a One-time PIN also shows it, because the emulator sends no mail',
    values: onOff,
    source: ['emulator-pin-shown'],
    in: everywhere(true, 'emulator_only'),
  }),
  'login.error_status': behaviour({
    about: 'Status of the pages "Invalid session", "Invalid nonce" and "Invalid login session."',
    values: [400, 200, 403],
    source: ['sign-in-error-texts'],
    in: everywhere(400, 'assumed'),
  }),
  'login.refused_status': behaviour({
    about: 'Status of the page "That account does not have access."',
    values: [403, 200, 401],
    source: ['sign-in-refused-status'],
    in: everywhere(403, 'assumed'),
  }),
  'login.refused_session': behaviour({
    about:
      'What someone who is signed in already sees where another application’s policies do not admit them: what they would see right after a login, with the ways to sign in as someone else, or the login page as if they were not signed in',
    values: ['refusal', 'login_page'],
    source: ['sign-in-refused-session'],
    in: everywhere('refusal', 'assumed'),
  }),
} as const
