/** Sessions in front ends: pages whose own requests fail in the browser because Access answers them with a redirect. */
import {
  admittedWithoutCookie,
  answered,
  each,
  everywhere,
  loginPage,
  toLogin,
  unauthorizedForXhr,
} from './answers.ts'
import type { Discriminator, Mode } from './mode.ts'
import { allowPeople } from './policy-words.ts'

/** The redirect was recorded for `fetch` as well; for other kinds of request it is inferred. */
const toLoginOf = (evidence: 'recorded' | 'assumed') => everywhere(toLogin(evidence))

const serviceWorkerHeaders = {
  'service-worker': 'script',
  'sec-fetch-dest': 'serviceworker',
  'sec-fetch-mode': 'same-origin',
} as const
const manifestHeaders = { 'sec-fetch-dest': 'manifest', 'sec-fetch-mode': 'cors' } as const

const asNavigation = (path: string): Discriminator => ({
  request: { path, headers: { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' } },
  answer: toLoginOf('recorded'),
})

const common = {
  setup: { policies: [allowPeople] },
  observable_with: ['exchange'],
  alike: 'login',
} as const

export const frontEndModes = {
  'session-ended-fetch': {
    ...common,
    title: 'The session ended, and the page’s fetch follows a cross-origin redirect',
    cause:
      'The page is still open when its session ends. Its next request is redirected to the team domain, a different origin that does not let scripts read its responses.',
    request: {
      path: '/api/items',
      headers: { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' },
    },
    answer: toLoginOf('recorded'),
    tell: 'Only requests from scripts fail; reloading the page leads to the login. With X-Requested-With: XMLHttpRequest the answer is 401.',
    discriminators: [
      answered(
        { path: '/api/items', headers: { 'x-requested-with': 'XMLHttpRequest' } },
        unauthorizedForXhr,
      ),
      asNavigation('/api/items'),
    ],
    browser:
      '`fetch` rejects with a TypeError (in Chromium `Failed to fetch`), and the console names the CORS policy. The script sees neither the status nor the redirect; with `redirect: "manual"` it gets a response of type `opaqueredirect` and status 0.',
    fix: 'Send X-Requested-With: XMLHttpRequest with each fetch, and reload the page on a 401; or fetch with redirect: "manual", and reload it on an opaque redirect.',
    source: ['edge-fetch-cors', 'edge-login-redirect'],
  },
  'session-ended-service-worker': {
    ...common,
    title: 'The request for a service worker’s script is redirected to the login',
    cause:
      'Browsers refuse a service worker script that is behind a redirect. Without a session the worker can therefore be neither registered nor updated, and the old worker keeps serving the old page.',
    request: { path: '/sw.js', headers: serviceWorkerHeaders },
    answer: toLoginOf('assumed'),
    tell: 'The request carries Service-Worker: script. The browser reports that the script is behind a redirect, which is disallowed.',
    discriminators: [asNavigation('/sw.js')],
    browser:
      'In Chromium `register()` rejects with a SecurityError and `update()` with a TypeError; both say "The script resource is behind a redirect, which is disallowed."',
    fix: 'Open the script’s path with a Bypass application, or register and update only after a request has shown that the session is alive. Do not let the worker handle anything under /cdn-cgi/.',
    source: ['edge-service-worker-redirect'],
  },
  'manifest-without-credentials': {
    ...common,
    title: 'The web app manifest is fetched without the cookie',
    cause:
      'A browser fetches a manifest without credentials unless its link says crossorigin="use-credentials", so Access sees no session even if there is one.',
    setup: { policies: [allowPeople], held: { by: 'a person' } },
    request: { path: '/manifest.webmanifest', headers: manifestHeaders },
    answer: toLoginOf('assumed'),
    tell: 'The request carries Sec-Fetch-Dest: manifest and no cookie at all, while the page itself is let in.',
    discriminators: [
      answered(
        {
          path: '/manifest.webmanifest',
          credentials: 'held token as cookie',
          headers: manifestHeaders,
        },
        admittedWithoutCookie('recorded'),
      ),
    ],
    browser:
      'The page works but its manifest does not: the console names the CORS policy or a syntax error in the manifest, and the app cannot be installed.',
    fix: 'Write <link rel="manifest" crossorigin="use-credentials">, or open the manifest’s path with a Bypass application.',
    source: ['edge-manifest-credentials'],
  },
  'fragment-lost': {
    ...common,
    title: 'After a login the page opens without the fragment of its URL',
    cause:
      'A redirect keeps what follows the #, but a form does not. A login page that does not carry the fragment along, such as a hand-written one, opens the page at its top, or a single-page application at its start. Cloudflare’s own login has carried it since 2026-07-01.',
    setup: { policies: [allowPeople], behaviours: { 'login.fragment': 'dropped' } },
    request: { to: 'team', path: '/cdn-cgi/access/login/{host}?kid={aud}&redirect_url=%2F' },
    answer: each(everywhere(loginPage), {
      note: 'whether the page carries the fragment along is not visible in it',
    }),
    tell: 'Only the address bar shows it: a fragment is never sent to the server.',
    browser: 'After the login the address lacks the `#…` that it had before.',
    fix: 'Have the page that starts the login save location.hash (in sessionStorage, for example) and restore it, or send people to the URL itself and let Access log them in.',
    source: ['sign-in-fragment'],
    observable_with: ['browser'],
  },
} as const satisfies Record<string, Mode>
