/** Failures of cloudflared and of programs that sign in the way it does (sign-in-metadata, sign-in-transfer). */
import { metadataHeaders } from '../edge/cloudflared.ts'
import { answered, each, everywhere, toLogin } from './answers.ts'
import type { Discriminator, FaultRecipe, Mode } from './mode.ts'
import { allowPeople, serviceAuthAndPeople } from './policy-words.ts'

const discovery = { method: 'HEAD', headers: { [metadataHeaders.request]: 'true' } } as const
const atMetadata = (effect: FaultRecipe['effect']): FaultRecipe => ({
  at: 'edge.metadata',
  effect,
  when: { host: '{host}' },
})
const withoutMetadata = {
  ...toLogin('assumed'),
  headers: { ...toLogin('assumed').headers, [metadataHeaders.response]: false },
}
const guarded: Discriminator = answered({}, toLogin('recorded'))

const poll = { to: 'transfer service', path: '/transfer/{transfer_key}' } as const
const polls = (status: number, body: string) => ({
  setup: {
    policies: [allowPeople],
    faults: [{ at: 'transfer.take', effect: { kind: 'status', status, body } } as const],
  },
  request: poll,
  observable_with: ['exchange'] as const,
  alike: 'not_transferred' as const,
})

/** A second in 2020: older than a day by any clock that a program may have. */
const longAgo = 1_577_836_800

export const programModes = {
  'metadata-missing': {
    title: 'The edge does not say which application the host is',
    cause:
      'cloudflared since 2026.8.0 finds an application by the header cf-access-metadata alone. The answer has none: the edge does not send it here, a proxy removed it, or no application covers the host.',
    setup: { policies: serviceAuthAndPeople, faults: [atMetadata({ kind: 'unseen' })] },
    request: discovery,
    answer: everywhere(withoutMetadata),
    tell: 'cloudflared prints "failed to find Access application". The same host still redirects a browser to the login.',
    discriminators: [guarded],
    fix: 'Check that an application covers the host and path, and that nothing between cloudflared and the edge removes response headers. Until the header is there, use a cloudflared before 2026.8.0, which reads the redirect to the login.',
    source: ['sign-in-metadata', 'sign-in-metadata-applications', 'sign-in-metadata-older'],
    observable_with: ['exchange'],
    alike: 'undiscovered',
  },
  'metadata-stale': {
    title: 'The clocks of the edge and of cloudflared differ',
    cause:
      'cloudflared refuses a cf-access-metadata that is older than 24 hours, or more than 5 minutes ahead, by the clock of its own machine.',
    setup: {
      policies: serviceAuthAndPeople,
      faults: [atMetadata({ kind: 'claims', set: { iat: longAgo } })],
    },
    request: discovery,
    answer: each(everywhere(toLogin('documented')), {
      metadata: { type: 'match', hostname: '{host}', aud: '{aud}', iat: longAgo },
    }),
    tell: 'cloudflared prints "metadata JWT is older than 24h0m0s" or "more than 5m0s in the future". iat of the header differs from the machine’s clock by that much.',
    discriminators: [guarded],
    fix: 'Set the clock of the machine that runs cloudflared, and remove any cache in front of the application that stores answers to HEAD requests.',
    source: ['sign-in-metadata', 'sign-in-metadata-freshness'],
    observable_with: ['exchange'],
    alike: 'undiscovered',
  },
  'transfer-pending': {
    ...polls(404, ''),
    title: 'The sign-in is never approved in the browser',
    cause:
      'cloudflared polls for the tokens while its login page waits in a browser: it was never opened, it opened on a machine without a screen, or the person was denied.',
    answer: each(everywhere({ status: 404, evidence: 'assumed' }), {
      body: { kind: 'empty' },
      headers: { 'service-public-key': false },
      note: 'at once; without the mode each poll first waits for up to 50 seconds, so ten of them take minutes',
    }),
    tell: 'cloudflared prints "Waiting for login..." up to ten times, then "Failed to fetch resource".',
    fix: 'Open the URL that cloudflared prints in a browser, sign in as someone whom the policies admit, and approve. A program that runs unattended needs a service token.',
    source: ['sign-in-transfer', 'sign-in-transfer-pending'],
  },
  'transfer-unavailable': {
    ...polls(503, 'Service Unavailable'),
    title: 'The transfer service fails',
    cause: 'login.cloudflareaccess.org, or a proxy on the way to it, answers with a server error.',
    answer: each(everywhere({ status: 503, evidence: 'assumed' }), {
      body: { kind: 'text', says: 'Service Unavailable' },
      headers: { 'service-public-key': false },
    }),
    tell: 'cloudflared prints "error on request 503" with the body, and gives up at the first such answer.',
    fix: 'Check that the machine reaches login.cloudflareaccess.org (with --fedramp: login.fed.cloudflareaccess.org), directly or through HTTPS_PROXY; then log in again.',
    source: ['sign-in-transfer'],
  },
} as const satisfies Record<string, Mode>
