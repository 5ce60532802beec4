/** The box in which tokens travel through the transfer service: NaCl's, which Node has no cipher for (sign-in-transfer-box). */
import nacl from 'tweetnacl'
import { transferKeyText } from '../../../contracts/edge/cloudflared.ts'
import type { SealedTokens } from '../../account/transfers.ts'

/** Seals a text for the owner of a key. Undefined where the key is one of the few whose boxes anyone could open. */
export function seal(
  text: string,
  key: Uint8Array,
  random: { readonly secret: Uint8Array; readonly nonce: Uint8Array },
): SealedTokens | undefined {
  const pair = nacl.box.keyPair.fromSecretKey(random.secret)
  // RFC 7748, 6.1: the shared secret of a key of small order is nothing but zeros.
  if (nacl.scalarMult(pair.secretKey, key).every((byte) => byte === 0)) return undefined
  const box = nacl.box(new TextEncoder().encode(text), random.nonce, key, pair.secretKey)
  return {
    box: btoa(String.fromCharCode(...random.nonce, ...box)),
    servicePublicKey: transferKeyText(pair.publicKey),
  }
}
