/** Seals tokens for the transfer service in a NaCl box, for which Node has no cipher (sign-in-transfer-box). */
import nacl from 'tweetnacl'
import { transferKeyText } from '../../../contracts/edge/cloudflared.ts'
import type { SealedTokens } from '../../account/account.ts'

/** Seals a text for the owner of a key. Undefined for the few keys whose boxes anyone could open. */
export function seal(
  text: string,
  key: Uint8Array,
  random: { readonly secret: Uint8Array; readonly nonce: Uint8Array },
): SealedTokens | undefined {
  const pair = nacl.box.keyPair.fromSecretKey(random.secret)
  // RFC 7748 6.1: for a key of small order, the shared secret is all zeros.
  if (nacl.scalarMult(pair.secretKey, key).every((byte) => byte === 0)) return undefined
  const box = nacl.box(new TextEncoder().encode(text), random.nonce, key, pair.secretKey)
  return {
    box: btoa(String.fromCharCode(...random.nonce, ...box)),
    service_public_key: transferKeyText(pair.publicKey),
  }
}
