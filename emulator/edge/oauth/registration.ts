/** Dynamic client registration (RFC 7591). */
import type { OauthConfiguration } from '../../../contracts/api/oauth-configuration.ts'
import { parseObject } from '../../../contracts/declaration/json.ts'
import {
  type managedOauth,
  type OauthClientMetadata,
  oauthClientMetadata,
  oauthPaths,
} from '../../../contracts/edge/oauth.ts'
import { type Failure, fail } from '../../../contracts/errors/errors.ts'
import { oauthErrors } from '../../../contracts/errors/oauth.ts'
import { isRedirectAllowed, readRedirectUri } from '../../access/oauth.ts'
import type { OauthClientRow } from '../../account/account.ts'
import { firstIssue } from '../../http/check.ts'
import { alphanumeric, digest } from '../../world/ids.ts'
import type { EdgeContext, PathAnswer } from '../context.ts'
import { pathUnknown } from '../unknown.ts'
import { openConfigurations } from './applications.ts'
import { commitNow } from './commit.ts'
import { crossOrigin, notStored } from './failures.ts'

type RegistrationAnswer = PathAnswer<(typeof managedOauth)['oauthRegistration']>

export async function register(context: EdgeContext): Promise<RegistrationAnswer> {
  const { account, world, place, body } = context
  const configurations = openConfigurations(account)
  const isOff = configurations.length === 0
  const status = account.behaviour('oauth.registration_disabled')
  if (place !== 'team' || (isOff && status === 404)) return { reply: pathUnknown(context) }
  if (isOff) {
    const { message } = oauthErrors.oauth_registration_disabled
    return status === 403
      ? fail('oauth_registration_disabled')
      : fail('oauth_invalid_client_metadata', message)
  }
  const metadata = read(body, configurations)
  if ('failure' in metadata) return metadata
  const { client_name, redirect_uris, grant_types, token_endpoint_auth_method } = metadata
  const minted = account.mint('oauth_client', '')
  const hasSecret = token_endpoint_auth_method !== 'none'
  const secret = alphanumeric(minted.bytes(48, 'secret'), 48)
  const issued_at = world.seconds()
  const row: OauthClientRow = {
    id: minted.id,
    ...(client_name === undefined ? {} : { name: client_name }),
    redirect_uris,
    grant_types,
    token_endpoint_auth_method,
    ...(hasSecret ? { secret_digest: digest(secret) } : {}),
    issued_at,
  }
  const refused = await commitNow(context, [minted.change, ...account.clients.put(row)])
  if (refused !== undefined) return refused
  return {
    result: {
      client_id: row.id,
      ...(client_name === undefined ? {} : { client_name }),
      redirect_uris,
      grant_types,
      response_types: metadata.response_types,
      token_endpoint_auth_method,
      ...(hasSecret ? { client_secret: secret, client_secret_expires_at: 0 as const } : {}),
      registration_client_uri: `https://${account.team()}${oauthPaths.registration}/${row.id}`,
      client_id_issued_at: issued_at,
    },
    headers: { ...notStored, ...crossOrigin(account) },
  }
}

type RegistrationRefused = Failure<'oauth_invalid_redirect_uri' | 'oauth_invalid_client_metadata'>

function read(
  body: string,
  configurations: readonly OauthConfiguration[],
): OauthClientMetadata | RegistrationRefused {
  const sent = parseObject(body)
  if (sent === undefined) {
    return fail('oauth_invalid_client_metadata', 'The body must be a JSON object')
  }
  const parsed = oauthClientMetadata().safeParse(sent)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const isOfRedirect = issue?.path[0] === 'redirect_uris'
    const name = isOfRedirect ? 'oauth_invalid_redirect_uri' : 'oauth_invalid_client_metadata'
    return fail(name, firstIssue(parsed.error))
  }
  const { redirect_uris } = parsed.data
  const unreadable = redirect_uris.find((uri) => readRedirectUri(uri) === undefined)
  if (unreadable !== undefined) {
    return fail(
      'oauth_invalid_redirect_uri',
      `${JSON.stringify(unreadable)} is not an absolute URI without fragment and user information`,
    )
  }
  // The words are Cloudflare's (sign-in-oauth-registration-refused).
  const isAllowed = (uri: string) => configurations.some((each) => isRedirectAllowed(uri, each))
  return redirect_uris.every(isAllowed)
    ? parsed.data
    : fail(
        'oauth_invalid_client_metadata',
        'redirect_uri is not allowed by the account configuration',
      )
}
