/** Which login stands in for a service token that was not given. */

import type { LoginCredential } from '../login/credential.ts'
import { readVariable, variables } from '../target/environment.ts'
import { applicationUrl } from '../target/target.ts'
import { AccessUsageError } from '../transport/errors.ts'
import type { PairFlags } from './options.ts'
import type { CommandInput } from './record-flag.ts'

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
  const { loginFor } = await import('../login/credential.ts')
  const credential = await loginFor(url, { target, env, clock })
  if (credential !== undefined) return credential
  throw new AccessUsageError({
    what: `There is neither a service token nor a login for ${url.origin}.`,
    todo: `Set ${variables.client_id} and ${variables.client_secret}, or run: access-client login ${url.origin}/`,
  })
}
