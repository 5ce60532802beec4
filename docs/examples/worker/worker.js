/**
 * A Worker behind Access. Access checks who asks, but whoever reaches the Worker by another way (a workers.dev address,
 * another Worker) has not met it: the Worker verifies the assertion itself, and refuses what has none.
 */
import { createRemoteJWKSet, jwtVerify } from 'jose'

/** The key set is kept for as long as this instance of the Worker lives, and asked for again where a key is new. */
const keySets = new Map()

function keysOf(team) {
  const known = keySets.get(team)
  if (known) return known
  const keys = createRemoteJWKSet(new URL('/cdn-cgi/access/certs', team))
  keySets.set(team, keys)
  return keys
}

/** @returns the verified claims, or undefined */
async function verified(request, { TEAM_DOMAIN, POLICY_AUD }) {
  const assertion = request.headers.get('Cf-Access-Jwt-Assertion')
  if (assertion === null) return undefined
  try {
    const { payload } = await jwtVerify(assertion, keysOf(TEAM_DOMAIN), {
      algorithms: ['RS256'],
      issuer: TEAM_DOMAIN,
      audience: POLICY_AUD,
      requiredClaims: ['exp'],
    })
    return payload
  } catch (error) {
    console.warn(`Refused: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

export default {
  async fetch(request, env) {
    const claims = await verified(request, env)
    if (claims === undefined) return new Response('Access is the only way in.\n', { status: 403 })
    // A person has an e-mail address, a service token a common name: its client id.
    return Response.json({ who: claims.email ?? claims.common_name })
  },
}
