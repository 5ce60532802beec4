/** Sessions in front ends: pages whose own requests fail in the browser, because Access answers them by a redirect. */
import {
  admittedWithoutCookie,
  each,
  everywhere,
  loginPage,
  toLogin,
  unauthorizedForXhr,
} from './answers.ts'
import type { Discriminator, Mode } from './mode.ts'
import { allowPeople } from './policy-words.ts'

/** The redirect was recorded for a `fetch` too; for the other kinds of request it is inferred. */
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
    title: 'The session ended, and a fetch of the page follows the redirect to another origin',
    cause:
      'The page is still open when its session ends. Its next request is redirected to the team domain, which is another origin and allows no script to read its answer.',
    request: {
      path: '/api/items',
      headers: { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' },
    },
    answer: toLoginOf('recorded'),
    tell: 'Only requests of scripts fail; to reload the page leads to the login. With X-Requested-With: XMLHttpRequest the answer is 401.',
    discriminators: [
      {
        request: { path: '/api/items', headers: { 'x-requested-with': 'XMLHttpRequest' } },
        answer: everywhere(unauthorizedForXhr),
      },
      asNavigation('/api/items'),
    ],
    browser:
      '`fetch` rejects with a TypeError (in Chromium `Failed to fetch`), and the console names the CORS policy. The script sees neither the status nor the redirect; with `redirect: "manual"` it gets a response of type `opaqueredirect` and status 0.',
    fix: 'Send X-Requested-With: XMLHttpRequest with each fetch, and reload the page at 401; or fetch with redirect: "manual", and reload it at an opaque redirect.',
    source: ['edge-fetch-cors', 'edge-login-redirect'],
  },
  'session-ended-service-worker': {
    ...common,
    title: 'The script of a service worker is answered by a redirect to the login',
    cause:
      'A browser takes the script of a service worker from no redirect, so without a session it can neither be registered nor updated: the old worker goes on serving the old page.',
    request: { path: '/sw.js', headers: serviceWorkerHeaders },
    answer: toLoginOf('assumed'),
    tell: 'The request carries Service-Worker: script. The browser says that the script is behind a redirect, which is disallowed.',
    discriminators: [asNavigation('/sw.js')],
    browser:
      'In Chromium `register()` rejects with a SecurityError and `update()` with a TypeError, both saying "The script resource is behind a redirect, which is disallowed."',
    fix: 'Open the path of the script with a Bypass application, or register and update only after a request that shows that the session lives; let the worker handle nothing under /cdn-cgi/.',
    source: ['edge-service-worker-redirect'],
  },
  'manifest-without-credentials': {
    ...common,
    title: 'The web app manifest is fetched without the cookie',
    cause:
      'A browser fetches a manifest without credentials unless its link says crossorigin="use-credentials", so Access sees no session even where there is one.',
    setup: { policies: [allowPeople], held: { by: 'a person' } },
    request: { path: '/manifest.webmanifest', headers: manifestHeaders },
    answer: toLoginOf('assumed'),
    tell: 'The request carries Sec-Fetch-Dest: manifest and no cookie at all, while the page beside it is let in.',
    discriminators: [
      {
        request: {
          path: '/manifest.webmanifest',
          credentials: 'held token as cookie',
          headers: manifestHeaders,
        },
        answer: everywhere(admittedWithoutCookie('recorded')),
      },
    ],
    browser:
      'The page works, its manifest does not: the console names the CORS policy or a syntax error of the manifest, and the app cannot be installed.',
    fix: 'Write <link rel="manifest" crossorigin="use-credentials">, or open the path of the manifest with a Bypass application.',
    source: ['edge-manifest-credentials'],
  },
  'fragment-lost': {
    ...common,
    title: 'The page opens without the fragment of its URL after a login',
    cause:
      'A redirect keeps what stands behind # and a form does not: a login that does not carry it on, as one made by hand, opens the page at its top, or a single-page application at its start. Cloudflare’s own carries it since 2026-07-01.',
    setup: { policies: [allowPeople], behaviours: { 'login.fragment': 'dropped' } },
    request: { to: 'team', path: '/cdn-cgi/access/login/{host}?kid={aud}&redirect_url=%2F' },
    answer: each(everywhere(loginPage), { note: 'whether the page carries it does not show' }),
    tell: 'Only the address bar shows it: a fragment is never sent.',
    browser: 'The address after the login is the one before it without its `#…`.',
    fix: 'Let the page that begins the login keep location.hash (in sessionStorage, say) and put it back, or send people to the URL itself and let Access log them in.',
    source: ['sign-in-fragment'],
    observable_with: ['browser'],
  },
} as const satisfies Record<string, Mode>
