/** The pair of a service token (client id and secret), and the headers that carry secrets. */
import { headerNames } from '../../contracts/edge/endpoints.ts'
import { type Environment, readVariable, variables } from '../transport/environment.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { type Secret, secret } from '../transport/secret.ts'

/** Client id and client secret of a service token. */
export interface Credentials {
  /** `<32 hex>.access` */
  readonly client_id: string
  readonly client_secret: string | Secret
}

/** A pair that cannot leak into logs. */
export interface Pair {
  readonly client_id: string
  readonly client_secret: Secret
}

/** The given pair, completed from `CF_ACCESS_CLIENT_ID` and `CF_ACCESS_CLIENT_SECRET`. */
export function pairFrom(given: Partial<Credentials> = {}, env?: Environment): Pair {
  const client_id = given.client_id ?? readVariable(env, 'client_id')
  const client_secret = given.client_secret ?? readVariable(env, 'client_secret')
  if (client_id === undefined || client_secret === undefined) {
    const missing = client_id === undefined ? 'client id' : 'client secret'
    throw new AccessUsageError({
      what: `The ${missing} of the service token is missing.`,
      todo: `Set ${variables.client_id} and ${variables.client_secret}, or pass both.`,
    })
  }
  return { client_id, client_secret: secret(client_secret) }
}

/**
 * The two headers of a service token.
 * @throws AccessUsageError if a value cannot be sent as a header
 */
export function pairHeaders({ client_id, client_secret }: Pair): Record<string, string> {
  return {
    [headerNames.clientId]: headerValue(secret(client_id), 'client id'),
    [headerNames.clientSecret]: headerValue(client_secret, 'client secret'),
  }
}

/** The value of `Authorization` for an API token. */
export function bearer(token: Secret): string {
  return `Bearer ${headerValue(token, 'API token')}`
}

// Checked here, because `Headers` would quote the refused value in its message.
function headerValue(value: Secret, what: string): string {
  const text = value.reveal()
  const problem =
    (/^(cf-access-client-|bearer\b|authorization)/i.test(text) && 'starts with a header name') ||
    (!/^[\x21-\x7e]+$/.test(text) && 'is empty or contains white space or non-ASCII characters')
  if (!problem) return text
  throw new AccessUsageError({
    what: `The ${what} ${problem}.`,
    why: 'It was probably copied along with surrounding text.',
    todo: 'Use the bare value.',
  })
}
