/** How cloudflared and native apps sign in: the approval on the application's host, and the transfer service. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'

/** Answered to a HEAD request that asks for it: which application the host is, signed (sign-in-metadata). */
export const metadataHeaders = {
  request: 'cf-access-metadata-request',
  response: 'cf-access-metadata',
} as const

/** The query parameter by which cloudflared asks whether its token is good (sign-in-token-check). */
export const tokenCheck = 'cloudflared_token_check'

/** The transfer service, and the one of the accounts under FedRAMP (sign-in-transfer). */
export const transferHosts = [
  'login.cloudflareaccess.org',
  'login.fed.cloudflareaccess.org',
] as const

/** The header of the service's own public key, with which a box opens. */
export const servicePublicKey = 'service-public-key'

const html = once(() => z.string())
const page = { scope: 'host', result: html, status: 200, wrap: 'page' } as const

/** On the host of an application. The query holds `token`, the public key of the program, and `aud`. */
export const cloudflaredFlow = {
  cli: endpoint({
    ...page,
    id: 'edge.cli',
    summary: 'Ask a person whether a program may have their application token',
    method: 'GET',
    path: '/cdn-cgi/access/cli',
    errors: ['write_refused'],
    evidence: 'documented',
    source: ['sign-in-cli', 'sign-in-cli-approval', 'sign-in-cli-denied', 'sign-in-cli-skip'],
  }),
  approveCli: endpoint({
    ...page,
    id: 'edge.cli_approve',
    summary: 'Approve it (form: nonce); the token goes to the transfer service',
    method: 'POST',
    path: '/cdn-cgi/access/cli',
    errors: ['write_refused'],
    evidence: 'assumed',
    source: ['sign-in-cli-approval'],
  }),
} as const satisfies EndpointGroup

/** On the hosts of the transfer service, which belong to no account. */
export const transferService = {
  take: endpoint({
    ...page,
    id: 'transfer.take',
    summary: 'Wait for the tokens that were approved for a public key, sealed for it',
    method: 'GET',
    path: '/transfer/{key}',
    evidence: 'documented',
    source: ['sign-in-transfer', 'sign-in-transfer-box', 'sign-in-transfer-pending'],
  }),
} as const satisfies EndpointGroup

/** The tokens in a box, as text of JSON. */
export const transferredTokens = once(() =>
  z.object({ app_token: z.string(), org_token: z.string().optional() }),
)

/** A Curve25519 public key from padded base64url, or undefined if the text is not one. */
export function readTransferKey(text: string): Uint8Array | undefined {
  if (!/^[\w-]{43}=$/.test(text)) return undefined
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  )
  // Two spare bits: only one of the four texts of a key is that key.
  return transferKeyText(bytes) === text ? bytes : undefined
}

export function transferKeyText(key: Uint8Array): string {
  return btoa(String.fromCharCode(...key))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}
