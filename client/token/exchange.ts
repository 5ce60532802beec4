/** The exchange that the support ticket expects: `POST /cdn-cgi/access/service/auth` (emulator-exchange). */

import { parseJson } from '../../contracts/declaration/json.ts'
import { edge, exchangeError, headerNames } from '../../contracts/edge/endpoints.ts'
import type { ExchangeFailureName } from '../../contracts/errors/errors.ts'
import type { EdgeAnswer } from '../edge/edge.ts'
import type { EdgeFailureCode } from '../edge/edge-error.ts'
import { pairHeaders } from '../target/credentials.ts'
import type { Attempt } from './attempt.ts'

export type Exchanged =
  | { readonly kind: 'token'; readonly token: string; readonly met: EdgeAnswer }
  /** The endpoint does not exist; `met` is what answered instead. */
  | { readonly kind: 'absent'; readonly met: EdgeAnswer }

const codes: Readonly<Record<ExchangeFailureName, EdgeFailureCode>> = {
  credentials_missing: 'credentials_invalid',
  credentials_invalid: 'credentials_invalid',
  body_invalid: 'unexpected',
  aud_required: 'aud_refused',
  aud_unknown: 'aud_refused',
  aud_mismatch: 'aud_refused',
  not_authorized: 'not_authorized',
}

const advice: Partial<Readonly<Record<EdgeFailureCode, string>>> = {
  credentials_invalid:
    'Check the pair; a rotated, expired or disabled service token is refused as well.',
  not_authorized: 'Include the service token in a policy of the application.',
  aud_refused: 'Use the AUD tag of the application that this URL belongs to.',
}

/** @throws AccessEdgeError if the endpoint exists and refuses, or the edge fails */
export async function exchange(attempt: Attempt): Promise<Exchanged> {
  const { aud, team } = attempt
  const url = new URL(edge.serviceAuth.path, team === undefined ? attempt.url : `https://${team}`)
  if (team !== undefined && aud !== undefined) url.searchParams.set('aud', aud)
  const inBody = team === undefined && aud !== undefined
  const met = await attempt.request(
    url,
    {
      method: edge.serviceAuth.method,
      headers: {
        ...pairHeaders(attempt.pair),
        accept: 'application/json',
        ...(inBody ? { 'content-type': 'application/json' } : {}),
      },
      ...(inBody ? { body: JSON.stringify({ aud }) } : {}),
    },
    'keep',
  )
  const place = `POST ${url.host}${url.pathname}`
  const body = parseJson(await met.response.text())
  if (met.status === 200) {
    const success = edge.serviceAuth.result().safeParse(body)
    if (success.success) return issued(attempt, { place, met, token: success.data.token })
  }
  const refusal = exchangeError().safeParse(body)
  if (refusal.success) {
    const { code, message } = refusal.data.error
    const todo = advice[codes[code]] ?? 'Report this along with the ray.'
    throw attempt.failure(
      codes[code],
      { what: `${place} refused with ${code}`, why: message, todo },
      met,
    )
  }
  if (met.status === 429 || met.status >= 500) {
    const what = `${place} returned ${met.status}`
    throw attempt.failure('unexpected', { what, todo: 'Try again later.' }, met)
  }
  attempt.note(`${place} returned ${met.status}: there is no exchange endpoint here.`)
  return { kind: 'absent', met }
}

function issued(
  attempt: Attempt,
  { place, met, token }: { place: string; met: EdgeAnswer; token: string },
): Exchanged {
  attempt.note(`${place} returned 200 with a token.`)
  const evidence = met.response.headers.get(headerNames.evidence)
  if (evidence !== null) {
    attempt.note(
      `That answer is marked "${evidence}": real Cloudflare is not known to have this endpoint.`,
    )
  }
  return { kind: 'token', token, met }
}
