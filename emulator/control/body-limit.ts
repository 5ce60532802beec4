/** How large the body of a call may be: a snapshot may be large, but not larger than what its account may hold. */
import { control } from '../../contracts/control/endpoints.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import { exceeded, limitOf } from '../account/quota.ts'
import { jsonLayer, type Layer } from '../http/layers.ts'
import { queryOf, type Routed } from '../http/routes.ts'
import type { ControlCaller } from './caller.ts'
import type { Controlled } from './context.ts'

/** In bytes. */
const largest = 32 * 1024 * 1024
/** For what a snapshot has besides rows, such as the names of tables, and for calls that are about no rows. */
const besides = 64 * 1024

interface BodyLimit {
  /** Reads JSON. What is too large is not read to its end. */
  readonly layer: Layer
  /** Why a body could not be read. */
  failureOf(error: unknown, request: Routed): Failure
}

export function createBodyLimit(
  callerOf: (request: Routed) => ControlCaller,
  { everyAccount }: Pick<Controlled, 'everyAccount'>,
): BodyLimit {
  /** Whose limit applies. */
  const accountFor = (request: Routed): Account | undefined => {
    const caller = callerOf(request)
    if (typeof caller !== 'string') return caller
    if (request.path !== control.putState.path) return undefined
    return everyAccount.byId(new URLSearchParams(queryOf(request)).get('account') ?? '')
  }
  const read = jsonLayer({ limit: largest })
  return {
    layer(request, response, next) {
      const limit = bytesFor(accountFor(request))
      return (limit === largest ? read : jsonLayer({ limit }))(request, response, next)
    },
    failureOf(error, request) {
      return Reflect.get(Object(error), 'type') === 'entity.too.large'
        ? tooLarge(error, request, accountFor(request))
        : fail('bad_request', 'The body is not valid JSON.')
    },
  }
}

function bytesFor(account: Account | undefined): number {
  const most = limitOf(account?.lease, 'bytes')
  return most === null ? largest : Math.min(largest, most + besides)
}

/** The size is known in advance unless the body is chunked or compressed. */
function tooLarge(error: unknown, request: Routed, account: Account | undefined): Failure {
  const limit = bytesFor(account)
  const sent = Reflect.get(Object(error), 'expected')
  const size = typeof sent === 'number' ? `${sent} bytes` : `more than ${limit} bytes`
  const most = limitOf(account?.lease, 'bytes')
  if (most !== null && limit < largest) {
    return exceeded('bytes', `may hold at most ${most} bytes, and the body has ${size}`)
  }
  const detail = `The body has ${size}. The limit is ${limit} bytes (32 MiB).`
  const isSnapshot = request.path === control.putState.path
  return fail('too_large', isSnapshot ? `${detail} ${insteadOfSnapshot}` : detail)
}

const insteadOfSnapshot =
  'control.putState of createEmulator() has none, and --state <dir> keeps an account of any size.'
