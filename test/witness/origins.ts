/** Two origins that verify Access with third-party libraries. */
import { cloudflareAccess } from '@hono/cloudflare-access'
import { Hono } from 'hono'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

export interface Verification {
  readonly isGood: boolean
  /** The library's own words or code. */
  readonly reason: string
}

export interface Origin {
  /** `null`: a request without a token. */
  verify(token: string | null): Promise<Verification>
}

export interface Wanted {
  /** `example-team` of `example-team.cloudflareaccess.com` */
  readonly team: string
  readonly aud: string
}

/** The middleware as its README says, in front of one route. */
export function honoOrigin({ team, aud }: Wanted): Origin {
  const app = new Hono()
  app.use('*', cloudflareAccess(team, aud))
  app.get('/', (context) => context.text('welcome'))
  return {
    async verify(token) {
      const headers = token === null ? {} : { 'cf-access-jwt-assertion': token }
      const answer = await app.request('/', { headers })
      return { isGood: answer.status === 200, reason: await answer.text() }
    },
  }
}

/** What Cloudflare's documentation tells an origin to do. */
export function joseOrigin({ team, aud }: Wanted): Origin {
  const issuer = `https://${team}.cloudflareaccess.com`
  const keys = createRemoteJWKSet(new URL(`${issuer}/cdn-cgi/access/certs`), {
    cooldownDuration: 0,
  })
  return {
    async verify(token) {
      try {
        await jwtVerify(token ?? '', keys, { issuer, audience: aud, algorithms: ['RS256'] })
        return { isGood: true, reason: 'welcome' }
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error
        const claim = error instanceof errors.JWTClaimValidationFailed ? ` ${error.claim}` : ''
        return { isGood: false, reason: `${error.code}${claim}` }
      }
    },
  }
}
