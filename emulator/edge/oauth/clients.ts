/** Identifies and authenticates the client at endpoints that take a form (RFC 6749, 2.3). */
import { type Failure, fail } from '../../../contracts/errors/errors.ts'
import type { OauthClientRow } from '../../account/account.ts'
import { digest } from '../../world/ids.ts'
import { sameSecret } from '../../world/secrets.ts'
import type { EdgeContext } from '../context.ts'

type FormProblem = Failure<'oauth_invalid_request'>

/** The parameters of a form, each sent once. */
export function readForm(context: EdgeContext): URLSearchParams | FormProblem {
  if (!isForm(context)) {
    return fail('oauth_invalid_request', 'Send the parameters as application/x-www-form-urlencoded')
  }
  const form = new URLSearchParams(context.body)
  const problem = sentTwice(form)
  return problem === undefined ? form : fail('oauth_invalid_request', problem)
}

export function isForm({ edgeRequest }: EdgeContext): boolean {
  const [type = ''] = edgeRequest.headers('content-type')
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)
}

/** No parameter may be sent more than once (RFC 6749, 3.1 and 3.2). */
export function sentTwice(parameters: URLSearchParams): string | undefined {
  const name = [...new Set(parameters.keys())].find((each) => parameters.getAll(each).length > 1)
  return name === undefined ? undefined : `${name} was sent more than once`
}

interface SentClient {
  readonly id: string
  readonly secret: string | undefined
}

export type ClientProblem = Failure<'oauth_invalid_request' | 'oauth_invalid_client'>

/** The client's credentials, from the Authorization header or the form. */
export function sentClient(
  { edgeRequest }: EdgeContext,
  form: URLSearchParams,
): SentClient | ClientProblem {
  const inForm = form.get('client_secret') || undefined
  const [authorization] = edgeRequest.headers('authorization')
  if (authorization === undefined) {
    const id = form.get('client_id') ?? ''
    return id === ''
      ? fail('oauth_invalid_client', 'The request names no client: client_id is missing')
      : { id, secret: inForm }
  }
  const basic = readBasic(authorization)
  if (basic === undefined) {
    return fail('oauth_invalid_client', 'Authorization is not of the form Basic <id:secret>')
  }
  const named = form.get('client_id') ?? basic.id
  if (inForm !== undefined || named !== basic.id) {
    return fail('oauth_invalid_request', 'The client authenticates in two ways at once')
  }
  return basic
}

/** Id and secret are each form-encoded before they are joined (RFC 6749, 2.3.1). */
function readBasic(authorization: string): SentClient | undefined {
  const encoded = /^basic +([\w+/=-]+)$/i.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  if (colon < 0) return undefined
  const [id, secret] = [pair.slice(0, colon), pair.slice(colon + 1)].map(formDecoded)
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** The registered client that sent a form. */
export function authenticated(
  context: EdgeContext,
  form: URLSearchParams,
): OauthClientRow | ClientProblem {
  const sent = sentClient(context, form)
  if ('failure' in sent) return sent
  const client = context.account.clients.get(sent.id)
  if (client === undefined) {
    return fail('oauth_invalid_client', 'No client has registered with this client_id')
  }
  const { secret_digest } = client
  if (secret_digest === undefined) {
    return sent.secret === undefined
      ? client
      : fail('oauth_invalid_client', 'The client registered without a secret, and sends one')
  }
  if (sent.secret === undefined) {
    return fail('oauth_invalid_client', 'The client registered with a secret, and sends none')
  }
  return sameSecret(digest(sent.secret), secret_digest)
    ? client
    : fail('oauth_invalid_client', 'The client secret is wrong')
}
