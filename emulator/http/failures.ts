/** Error responses of the API and of the control API (api-envelope, api-errors). */
import {
  type ApiFailureName,
  apiErrors,
  type ControlFailureName,
  controlErrors,
  type Failure,
  type FailureName,
} from '../../contracts/errors/errors.ts'
import { because, json, type Reply } from './reply.ts'

export function isApiFailure(failure: Failure): failure is Failure<ApiFailureName> {
  return Object.hasOwn(apiErrors, failure.failure)
}

interface GatewayError {
  readonly code: number
  readonly message: string
}

/**
 * Access's own envelope, and those of the gateway in front of it (api-credentials-missing, api-token-malformed,
 * api-route-unknown).
 */
const bodies = {
  access: (error: GatewayError) => ({
    result: null,
    success: false,
    errors: [error],
    messages: [],
  }),
  bare: (error: GatewayError) => ({ success: false, errors: [error] }),
  chain: (error: GatewayError) => ({
    success: false,
    errors: [{ code: 6003, message: 'Invalid request headers', error_chain: [error] }],
    messages: [],
    result: null,
  }),
  null_last: (error: GatewayError) => ({
    success: false,
    errors: [error],
    messages: [],
    result: null,
  }),
} as const

/** The error response of an API failure, in the shape that Access or the gateway gives it. */
export function apiFailureReply(
  { failure, detail, documentation_url }: Failure<ApiFailureName>,
  options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Reply {
  const row: {
    status: number
    code: number
    message: string
    shape?: Exclude<keyof typeof bodies, 'access'>
    detail?: 'journal'
  } = apiErrors[failure]
  const body = bodies[row.shape ?? 'access']
  const told = row.detail === 'journal' ? undefined : detail
  const error = {
    code: row.code,
    message: withDetail(failure, row.message, told),
    ...(documentation_url === undefined ? {} : { documentation_url }),
  }
  const reply = json(options.status ?? row.status, body(error), options.headers)
  return because(reply, failure, detail)
}

function withDetail(failure: ApiFailureName, message: string, detail: string | undefined): string {
  if (detail === undefined) return message
  if (failure === 'route_unknown') {
    return `${message} ${detail}, perhaps your object identifier is invalid?`
  }
  if (message.includes('[pattern]')) return message.replace('[pattern]', () => detail)
  return `${message}: ${detail}`
}

/** An error response of the emulator's own control API: `{"error": {code, message}}`. */
export function controlFailureReply({ failure, detail }: Failure<FailureName>): Reply {
  const row = Object.hasOwn(controlErrors, failure)
    ? controlErrors[failure as ControlFailureName]
    : { status: 500, message: apiErrors.internal.message }
  return json(row.status, { error: { code: failure, message: detail ?? row.message } })
}
