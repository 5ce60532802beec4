/** Which login stands in for a service token that was not given. */

import type { CommandInput, PairFlags } from '../cli/options.ts'
import { applicationUrl } from '../target/target.ts'
import { readVariable, variables } from '../transport/environment.ts'
import { AccessUsageError } from '../transport/errors.ts'
import type { LoginCredential } from './credential.ts'

/**
 * Undefined if a pair is given, even half of one.
 * @throws AccessUsageError if there is neither a pair nor a login
 */
export async function loginInstead(
  given: string,
  { flags, io, target }: CommandInput<PairFlags>,
): Promise<LoginCredential | undefined> {
  const { env, clock } = io
  const pair = [
    flags.clientId ?? readVariable(env, 'client_id'),
    flags.clientSecret ?? readVariable(env, 'client_secret'),
  ]
  if (pair.some((part) => part !== undefined)) return undefined
  const url = applicationUrl(given, target)
  const { loginFor } = await import('./credential.ts')
  const credential = await loginFor(url, { target, env, clock })
  if (credential !== undefined) return credential
  throw new AccessUsageError({
    what: `There is neither a service token nor a login for ${url.origin}.`,
    todo: `Set ${variables.client_id} and ${variables.client_secret}, or run: access-client login ${url.origin}/`,
  })
}
