/** Turns a response, or the lack of one, into an observation. */

import { readAnswer } from '../edge/edge.ts'
import { withoutQuery } from '../transport/errors.ts'
import { readToken } from './jwt.ts'
import type { SeenAnswer } from './observation.ts'

/** Bytes of the body to keep; no check needs more. */
const mostBody = 64 * 1024

export async function seenFrom(
  response: Response,
  asked: { readonly method: string; readonly url: URL; readonly tookMs: number },
): Promise<SeenAnswer> {
  const { method, url, tookMs } = asked
  const answer = readAnswer(response, url)
  const date = Date.parse(response.headers.get('date') ?? '')
  return {
    method,
    url: withoutQuery(url),
    status: answer.status,
    ray: answer.ray,
    kind: answer.kind,
    header: (name) => response.headers.get(name),
    meta: answer.meta,
    team: answer.team,
    aud: answer.aud === '' ? undefined : answer.aud,
    token: readToken(answer.token),
    body: (await response.text()).slice(0, mostBody),
    dateMs: Number.isNaN(date) ? undefined : date,
    tookMs,
  }
}

export function unanswered(
  failure: NonNullable<SeenAnswer['failure']>,
  asked: { readonly method: string; readonly url: URL; readonly tookMs: number },
): SeenAnswer {
  return {
    method: asked.method,
    url: withoutQuery(asked.url),
    status: null,
    failure,
    ray: undefined,
    kind: 'not_access',
    header: () => null,
    meta: undefined,
    team: undefined,
    aud: undefined,
    token: undefined,
    body: '',
    dateMs: undefined,
    tookMs: asked.tookMs,
  }
}

/** Why a request got no response, by the error codes of Node and undici. */
export function failureOf(error: unknown): NonNullable<SeenAnswer['failure']> {
  const names = [...causes(error)].flatMap((each) => [
    each.name,
    'code' in each ? String(each.code) : '',
  ])
  // undici has no code of its own for a proxy that refuses CONNECT.
  if ([...causes(error)].some(({ message }) => /^Proxy response/i.test(message))) return 'proxy'
  // A port that fetch blocks.
  if ([...causes(error)].some(({ message }) => message === 'bad port')) return 'refused'
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name))
  if (has(/ENOTFOUND|EAI_/)) return 'unresolved'
  if (has(/TimeoutError|AbortError|TIMEDOUT|_TIMEOUT/)) return 'late'
  if (has(/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH/)) return 'refused'
  return has(/CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS_/) ? 'untrusted' : 'cut'
}

function* causes(error: unknown): Generator<Error> {
  for (let each = error; each instanceof Error; each = each.cause) yield each
}
