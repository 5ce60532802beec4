/** Which credentials a request carried, and in which form. Most client-side mistakes show here. */

import { parseJson } from '../../contracts/declaration/json.ts'
import { cookieNames, headerNames } from '../../contracts/edge/endpoints.ts'
import { cookieValues } from '../../contracts/http/cookies.ts'
import { secret } from '../transport/secret.ts'
import { readToken } from './jwt.ts'
import type { Carried, PairGiven } from './observation.ts'

export function carriedBy(headers: Headers): Carried {
  const clientId = headers.get(headerNames.clientId) ?? undefined
  const clientSecret = headers.get(headerNames.clientSecret) ?? undefined
  // `Headers` joins repeated headers with a comma.
  const isTwice = [clientId, clientSecret].some((value) => value?.includes(', ') === true)
  const cookies = [headers.get('cookie') ?? '']
  const authorizations = cookieValues(cookies, cookieNames.authorization)
  const sent = [
    ['cookie', authorizations[0]],
    ['cf-access-token', headers.get(headerNames.accessToken) ?? undefined],
    ['cf-access-jwt-assertion', headers.get(headerNames.assertion) ?? undefined],
    ['authorization', /^bearer\s+(.+)$/i.exec(headers.get('authorization') ?? '')?.[1]],
  ] as const
  const [binding] = cookieValues(cookies, cookieNames.binding)
  const found = sent.find(([, text]) => readToken(text) !== undefined)
  return {
    clientId,
    clientSecret: clientSecret === undefined ? undefined : secret(clientSecret),
    json: jsonPair(headers),
    malformed: isTwice ? undefined : pairProblem(clientId, clientSecret),
    isTwice,
    token: readToken(found?.[1]),
    tokenIn: found?.[0],
    binding: binding === undefined ? undefined : secret(binding),
    authorizationCookies: authorizations.length,
  }
}

/** A header whose value is JSON with client id and secret (edge-single-header). */
function jsonPair(headers: Headers): Carried['json'] {
  for (const [header, value] of headers) {
    const parsed = value.trimStart().startsWith('{') ? parseJson(value) : undefined
    if (typeof parsed !== 'object' || parsed === null) continue
    const keys = Object.keys(parsed)
    if (!keys.some((key) => key.toLowerCase() === headerNames.clientId)) continue
    const wanted: readonly string[] = [headerNames.clientId, headerNames.clientSecret]
    return { header, isLowerCase: wanted.every((key) => keys.includes(key)) }
  }
  return undefined
}

/** What else was pasted into the value (edge-unusable-credentials). Never repeats the value itself. */
function pairProblem(id: string | undefined, key: string | undefined): string | undefined {
  const values = [
    ['client id', id],
    ['client secret', key],
  ] as const
  if (id !== undefined && /^cfast_/.test(id)) return 'the client id is a client secret'
  if (key !== undefined && /^[0-9a-f]{32}\.access$/.test(key)) {
    return 'the client secret is a client id'
  }
  for (const [name, value] of values) {
    const problem = value === undefined ? undefined : valueProblem(value)
    if (problem !== undefined) return `the ${name} ${problem}`
  }
  return undefined
}

function valueProblem(value: string): string | undefined {
  if (/^["']?\s*(cf-access-client-|authorization\b|bearer\b)/i.test(value)) {
    return 'begins with the name of a header'
  }
  if (/["'`]/.test(value)) return 'holds a quote'
  if (/\s/.test(value)) return 'holds white space'
  return /^[\x21-\x7e]+$/.test(value) ? undefined : 'is empty or holds a character beyond ASCII'
}

/** Judges the given pair before anything is sent. */
export function judgePair(id: string | undefined, key: string | undefined): PairGiven {
  const known = id === undefined ? {} : { client_id: id }
  if (id === undefined && key === undefined) return { status: 'none' }
  const problem = pairProblem(id, key)
  if (problem !== undefined) return { ...known, status: 'malformed', problem }
  if (id === undefined || key === undefined) {
    const missing = id === undefined ? 'client id' : 'client secret'
    return { ...known, status: 'incomplete', problem: `there is no ${missing}` }
  }
  return { ...known, status: 'usable' }
}
