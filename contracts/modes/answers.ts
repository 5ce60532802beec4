/** Named answers that several failure modes share, so that a row can refer to one instead of spelling it out. */

import type { ExpectedAnswer } from '../control/expected-answer.ts'
import {
  type ApiFailureName,
  apiErrors,
  type ExchangeFailureName,
  exchangeErrors,
} from '../errors/errors.ts'
import type { Evidence } from '../evidence/evidence.ts'
import type { AnswersByProfile, Discriminator, RequestRecipe } from './mode.ts'

export function everywhere(answer: ExpectedAnswer): AnswersByProfile {
  return { expected: answer, observed: answer, strict: answer }
}

export function perProfile(
  expected: ExpectedAnswer,
  observed: ExpectedAnswer,
  strict: ExpectedAnswer,
): AnswersByProfile {
  return { expected, observed, strict }
}

/** Another request, which has the same answer in every profile. */
export function answered(request: RequestRecipe, answer: ExpectedAnswer): Discriminator {
  return { request, answer: everywhere(answer) }
}

/** `observed` and `strict` give the same answer, `expected` a different one. */
export function expectedElse(expected: ExpectedAnswer, real: ExpectedAnswer): AnswersByProfile {
  return perProfile(expected, real, real)
}

/** The answer in a profile in which the mode cannot occur. */
export function absent(why: string, instead: ExpectedAnswer): ExpectedAnswer {
  return { ...instead, absent: why }
}

/** Access did not intervene. */
const noMarks = {
  'cf-access-aud': false,
  'cf-access-domain': false,
  'cf-access-error': false,
  'www-authenticate': false,
} as const

const fromEdge = { 'cf-ray': true, server: 'cloudflare' } as const

export function emptyNotFound(evidence: Evidence): ExpectedAnswer {
  return { status: 404, evidence, headers: { ...fromEdge, ...noMarks }, body: { kind: 'empty' } }
}

function page(status: number, evidence: Evidence, says: string): ExpectedAnswer {
  return {
    status,
    evidence,
    headers: { ...fromEdge, 'content-type': 'text/html', 'www-authenticate': false },
    body: { kind: 'page', says },
  }
}

export const applicationPage = (evidence: Evidence) =>
  page(404, evidence, 'Unable to find your Access application!')
export const organizationPage = (evidence: Evidence) =>
  page(404, evidence, 'Unable to find your Access organization!')
export const loginPage: ExpectedAnswer = page(200, 'documented', 'Sign in')
export const launcher: ExpectedAnswer = page(200, 'recorded', 'App Launcher')

/** The redirect to the login; its `meta` says whether the pair authenticates. */
function login(evidence: Evidence, service_token_status: boolean): ExpectedAnswer {
  return {
    status: 302,
    evidence,
    headers: {
      ...fromEdge,
      location: 'https://{team}/cdn-cgi/access/login/{host}?',
      'www-authenticate': 'Cloudflare-Access resource_metadata="https://{host}/.well-known/',
      'set-cookie': 'CF_AppSession=',
      'cf-access-aud': false,
    },
    meta: { aud: '{aud}', hostname: '{host}', auth_status: 'NONE', service_token_status },
  }
}

export const toLogin = (evidence: Evidence) => login(evidence, false)
export const toLoginWithGoodPair = (evidence: Evidence) => login(evidence, true)

/** The block page of an application, with its marks. */
function block(status: number, evidence: Evidence, says: string): ExpectedAnswer {
  return {
    status,
    evidence,
    headers: {
      ...fromEdge,
      'content-type': 'text/html',
      'cf-access-aud': '{aud}',
      'cf-access-domain': true,
      'www-authenticate': false,
      location: false,
      'set-cookie': false,
    },
    body: { kind: 'page', says },
  }
}

export const blocked = (evidence: Evidence) => block(403, evidence, 'Forbidden')
export const unauthorized = (evidence: Evidence) => block(401, evidence, 'Unauthorized')

export const unauthorizedForXhr: ExpectedAnswer = {
  status: 401,
  evidence: 'recorded',
  headers: {
    ...fromEdge,
    'content-type': 'text/html',
    'www-authenticate': 'Cloudflare-Access resource_metadata=',
    'access-control-allow-headers': 'x-requested-with',
    location: false,
  },
  body: { kind: 'page', says: '401 Unauthorized' },
}

/** The origin answers, and Access did not intervene. */
export function unprotected(evidence: Evidence): ExpectedAnswer {
  return {
    status: 200,
    evidence,
    headers: { ...fromEdge, ...noMarks, 'set-cookie': false, location: false },
  }
}

/** The origin answers because Access let the request in on the strength of its pair. */
export const admitted = (evidence: Evidence): ExpectedAnswer => ({
  status: 200,
  evidence,
  headers: { ...fromEdge, 'set-cookie': 'CF_Authorization=', location: false },
  token: { aud: '{aud}', common_name: '{client_id}' },
})

/** The same without a cookie: a strict organization sets none, and neither does an answer to a token. */
export const admittedWithoutCookie = (evidence: Evidence): ExpectedAnswer => ({
  status: 200,
  evidence,
  headers: { ...fromEdge, 'set-cookie': false, location: false },
})

/** The answer to a good pair when nothing is wrong. */
export const goodPair: AnswersByProfile = perProfile(
  admitted('recorded'),
  admitted('recorded'),
  admittedWithoutCookie('documented'),
)

interface ApiErrorRow {
  readonly status: number
  readonly code: number
  readonly evidence: Evidence
  readonly shape?: string
}

export function apiFailure(name: ApiFailureName, says?: string): ExpectedAnswer {
  const { status, code, evidence, shape }: ApiErrorRow = apiErrors[name]
  const codes = shape === 'chain' ? { code: 6003, chain: code } : { code }
  const body = { kind: 'api_error', ...codes, ...(says === undefined ? {} : { says }) } as const
  return { status, evidence, headers: { 'cf-ray': true, 'content-type': 'application/json' }, body }
}

export function apiSuccess(has: Readonly<Record<string, unknown>> = {}): ExpectedAnswer {
  return {
    status: 200,
    evidence: 'documented',
    body: { kind: 'json', has: { success: true, ...has } },
  }
}

export function exchangeFailure(name: ExchangeFailureName): ExpectedAnswer {
  const { status } = exchangeErrors[name]
  return {
    status,
    evidence: 'assumed',
    headers: { 'cache-control': 'no-store', 'access-emulator-evidence': 'expected' },
    body: { kind: 'json', has: { error: { status, code: name } } },
  }
}

/** A one-line text answer from the edge, a tunnel or something in front of Access. */
export function edgeError(status: number, says: string, evidence: Evidence): ExpectedAnswer {
  return { status, evidence, headers: { ...fromEdge, ...noMarks }, body: { kind: 'text', says } }
}

/** The front server refuses headers that are too long; reports show the page with `cloudflare` at its foot. */
export const tooLarge: ExpectedAnswer = {
  status: 400,
  evidence: 'recorded',
  headers: { ...fromEdge, ...noMarks, 'content-type': 'text/html', 'set-cookie': false },
  body: { kind: 'page', says: 'Request Header Or Cookie Too Large' },
}

export const preflightBlocked = blocked('documented')

/** 401 of a Managed OAuth application, for clients other than browsers. */
export const unauthorizedForOauth: ExpectedAnswer = {
  status: 401,
  evidence: 'recorded',
  headers: {
    ...fromEdge,
    'content-type': 'application/json',
    'www-authenticate': 'Bearer realm="OAuth", error="invalid_token"',
    location: false,
  },
  body: { kind: 'json', has: { error: 'invalid_token' } },
}

export const certs: AnswersByProfile = everywhere({
  status: 200,
  evidence: 'documented',
  headers: { 'content-type': 'application/json' },
})

/** The same answers, each with these changes. */
export function each(answers: AnswersByProfile, change: Partial<ExpectedAnswer>): AnswersByProfile {
  const { expected, observed, strict } = answers
  return perProfile(
    { ...expected, ...change },
    { ...observed, ...change },
    { ...strict, ...change },
  )
}
