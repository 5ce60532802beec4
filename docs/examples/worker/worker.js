/**
 * A Worker behind Access. Requests that reach the Worker another way (a workers.dev address, another Worker) have not passed
 * Access, so the Worker verifies the assertion itself and refuses requests without one.
 */
import { createRemoteJWKSet, jwtVerify } from 'jose'

/** Key sets are cached for the life of this Worker instance; jose fetches a set again when it meets a new key. */
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
    // People have an email address; service tokens have a common name, their client id.
    return Response.json({ who: claims.email ?? claims.common_name })
  },
}
