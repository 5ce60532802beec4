/** `--saas NAME`: the variables by which a client of a SaaS application is configured (sign-in-oidc-demo). */
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import { oidcIssuer } from '../../contracts/edge/oidc.ts'
import { digest } from '../world/ids.ts'
import { OptionProblem } from '../world/option-problem.ts'

/** @throws OptionProblem if the account has no SaaS application of this name or client id */
export function saasVariables(
  wanted: string | undefined,
  account: SeedAccount | undefined,
): Readonly<Record<string, string>> {
  if (wanted === undefined) return {}
  const { auth_domain = '', applications = [] } = account ?? {}
  const clients = applications.flatMap(({ name, oidc }) => (oidc ? [{ name, ...oidc }] : []))
  const found = clients.find(({ name, client_id }) => name === wanted || client_id === wanted)
  if (found === undefined) {
    const names = clients.map(({ name }) => JSON.stringify(name)).join(', ')
    throw new OptionProblem(
      `--saas ${wanted}: the seed's account has no SaaS application by OpenID Connect with this name or client id. It has ${names === '' ? 'none' : names}.`,
    )
  }
  const issuer = oidcIssuer(auth_domain, found.client_id)
  return {
    ACCESS_CLIENT_ID: found.client_id,
    ACCESS_CLIENT_SECRET: found.client_secret,
    ACCESS_ISSUER: issuer,
    ACCESS_TOKEN_URL: `${issuer}/token`,
    ACCESS_AUTHORIZATION_URL: `${issuer}/authorization`,
    ACCESS_JWKS_URL: `${issuer}/jwks`,
    // The client's own key, for its cookies: any 32 bytes, but the same in every run with the same seed.
    COOKIE_ENCRYPTION_KEY: digest(`cookies ${found.client_secret}`),
  }
}
