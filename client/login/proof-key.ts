/** Proof keys for code exchange. */
import * as oauth from 'oauth4webapi'

/** PKCE (RFC 7636). Cloudflare may refuse a challenge that begins with `-` or `_` (sign-in-oauth-challenge). */
export async function proofKey(): Promise<{
  readonly verifier: string
  readonly challenge: string
}> {
  for (;;) {
    const verifier = oauth.generateRandomCodeVerifier()
    const challenge = await oauth.calculatePKCECodeChallenge(verifier)
    if (!/^[-_]/.test(challenge)) return { verifier, challenge }
  }
}
