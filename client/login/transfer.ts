/** Signs a user in as cloudflared does: they approve in the browser, and the transfer service delivers the token. */
import nacl from 'tweetnacl'
import { parseJson } from '../../contracts/declaration/json.ts'
import {
  cloudflaredFlow,
  readTransferKey,
  servicePublicKey,
  transferHosts,
  transferKeyText,
  transferredTokens,
} from '../../contracts/edge/cloudflared.ts'
import { connect } from '../transport/connect.ts'
import { AccessLoginError } from '../transport/errors.ts'
import { type CloudflaredLogin, targetKey } from './kept.ts'
import type { SignIn, ToSignIn } from './oauth.ts'

/** Pause before the next poll if the service answered at once (sign-in-transfer-pending). */
const pauseMs = 1000

/** @throws AccessLoginError */
export async function signInByTransfer(
  { url, aud }: ToSignIn,
  { target, clock, signal, show }: SignIn,
): Promise<CloudflaredLogin> {
  if (aud === undefined) {
    throw new AccessLoginError('unexpected', {
      what: `${url.host} does not say which application it belongs to.`,
      todo: 'Check that the URL belongs to an application.',
    })
  }
  const pair = nacl.box.keyPair()
  const key = transferKeyText(pair.publicKey)
  show(approvalUrl(url, aud, key))
  const service = new URL(`https://${transferHosts[0]}/transfer/${key}`)
  for (;;) {
    const response = await connect(target.fetch, service, { redirect: 'manual', signal })
    const { status, headers } = response
    const text = await response.text()
    if (status >= 500) {
      throw new AccessLoginError('unexpected', {
        what: `The transfer service at ${service.host} answered ${status}.`,
        todo: 'Try again later.',
      })
    }
    // Any other response means that the user has not approved yet (sign-in-transfer).
    if (status === 200 && text !== '') {
      const app_token = opened(text, headers.get(servicePublicKey) ?? '', pair.secretKey)
      const { origin } = url
      return { kind: 'cloudflared', target: targetKey(target), origin, aud, app_token }
    }
    await clock.sleep(pauseMs, signal)
  }
}

/** The URL that the user opens (sign-in-cli). */
function approvalUrl(url: URL, aud: string, key: string): URL {
  const back = new URL(url)
  back.hash = ''
  back.searchParams.set('aud', aud)
  back.searchParams.set('token', key)
  back.searchParams.sort()
  const address = new URL(cloudflaredFlow.cli.path, url)
  for (const [name, value] of back.searchParams) address.searchParams.append(name, value)
  address.searchParams.set('redirect_url', back.href)
  // As cloudflared does; we do not store the organization token.
  address.searchParams.set('send_org_token', 'true')
  address.searchParams.set('edge_token_transfer', 'true')
  address.searchParams.sort()
  return address
}

/** The application token in a box: the base64 of a nonce and the ciphertext for our key (sign-in-transfer-box). */
function opened(text: string, serviceKey: string, secretKey: Uint8Array): string {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'))
  const service = readTransferKey(serviceKey)
  const nonce = bytes.slice(0, nacl.box.nonceLength)
  const message =
    service === undefined || nonce.length < nacl.box.nonceLength
      ? null
      : nacl.box.open(bytes.slice(nacl.box.nonceLength), nonce, service, secretKey)
  const tokens = transferredTokens().safeParse(
    message === null ? undefined : parseJson(new TextDecoder().decode(message)),
  )
  if (tokens.success) return tokens.data.app_token
  throw new AccessLoginError('unexpected', {
    what: 'The transfer service returned a box that is not encrypted for this login.',
    todo: 'Log in again.',
  })
}
