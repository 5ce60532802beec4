/** The edge's table as data: the outcome of each request, at each application, in each profile. */
import type { Profile } from '../../../contracts/behaviours/table.ts'
import type { Evidence } from '../../../contracts/evidence/evidence.ts'
import type { Sources } from '../../../contracts/evidence/sources.ts'
import type { Letter } from '../arrange.ts'

/**
 * `pass+cookie`: 200 from the origin and a `CF_Authorization` cookie. `login`: 302; the sign is `service_token_status`.
 */
export type TableOutcome = 'pass' | 'pass+cookie' | 'login-' | 'login+' | '401 xhr' | '401' | '403'

export const requests = {
  'no credential': 'a request without credentials',
  'bad pair': 'a pair that does not authenticate',
  'admitted pair': 'a pair that a Service Auth policy names',
  'allowed pair': 'a pair that only an allow policy names',
  'unnamed pair': 'a good pair that no policy names',
  'token as cookie': 'an issued JWT as CF_Authorization cookie',
  'token as cf-access-token': 'an issued JWT as cf-access-token',
  'token as assertion': 'an issued JWT as Cf-Access-Jwt-Assertion',
  'token as bearer': 'an issued JWT as Authorization: Bearer',
  xhr: 'a request without credentials and with X-Requested-With: XMLHttpRequest',
} as const
export type RequestKind = keyof typeof requests

const replaySources = [
  'edge-token-replay',
  'edge-service-token-jwt-policies',
  'emulator-token-replay',
] as const
/** The evidence for each kind of request. */
export const sources: Readonly<Record<RequestKind, Sources>> = {
  'no credential': ['edge-login-offered', 'emulator-login-for-people'],
  'bad pair': ['edge-refused-service-token', 'edge-strict-mode'],
  'admitted pair': ['edge-exchange-implicit', 'edge-service-token-include', 'edge-strict-mode'],
  'allowed pair': [
    'edge-service-token-under-allow',
    'edge-strict-mode',
    'emulator-allow-admits-service-tokens',
  ],
  'unnamed pair': [
    'edge-unnamed-service-token',
    'edge-strict-mode',
    'emulator-unnamed-service-token',
  ],
  'token as cookie': replaySources,
  'token as cf-access-token': replaySources,
  'token as assertion': [...replaySources, 'edge-assertion-header'],
  'token as bearer': ['edge-bearer-not-read'],
  xhr: ['edge-xhr-401'],
}

export interface Cell {
  readonly request: RequestKind
  readonly letter: Letter
  readonly profile: Profile
  readonly outcome: TableOutcome
  readonly evidence: Evidence
}

type Outcomes = { readonly [L in Letter]?: TableOutcome }
interface VerdictRow {
  readonly request: RequestKind
  readonly expected: Outcomes
  readonly observed: Outcomes
  readonly strict: Outcomes
  /** Grades of `observed` and `strict`; `expected` has that of `observed` if the two agree. */
  readonly evidence: readonly [observed: Evidence, strict: Evidence]
}

function each(outcome: TableOutcome): Outcomes {
  return { M: outcome, T: outcome, P: outcome }
}

const nobody = {
  expected: { M: '403', T: '403', P: 'login-' },
  observed: { M: '403', T: 'login-', P: 'login-' },
  strict: { M: '403', T: 'login-', P: 'login-' },
  evidence: ['recorded', 'assumed'],
} as const

const replayed = {
  expected: { M: 'pass', P: 'pass' },
  observed: { M: '403', P: 'pass' },
  strict: { M: '403', P: 'pass' },
  evidence: ['recorded', 'assumed'],
} as const

/** Measured only where a Service Auth policy names the service token too; here a JWT behaves like its pair. */
const replayedAtT = {
  expected: { T: 'pass' },
  observed: { T: 'login-' },
  strict: { T: 'login-' },
  evidence: ['assumed', 'assumed'],
} as const

const replays = ['token as cookie', 'token as cf-access-token', 'token as assertion'] as const

const rows: readonly VerdictRow[] = [
  { request: 'no credential', ...nobody },
  { request: 'bad pair', ...nobody, strict: each('401'), evidence: ['recorded', 'documented'] },
  {
    request: 'admitted pair',
    expected: { M: 'pass+cookie', P: 'pass+cookie' },
    observed: { M: 'pass+cookie', P: 'pass+cookie' },
    strict: { M: 'pass', P: 'pass' },
    evidence: ['recorded', 'documented'],
  },
  {
    request: 'allowed pair',
    expected: { T: 'pass+cookie' },
    observed: { T: 'login+' },
    strict: { T: '403' },
    evidence: ['recorded', 'documented'],
  },
  {
    request: 'unnamed pair',
    expected: each('403'),
    observed: { M: '403', T: 'login+', P: 'login+' },
    strict: each('403'),
    evidence: ['recorded', 'documented'],
  },
  ...replays.flatMap((request) => [
    { request, ...replayed },
    { request, ...replayedAtT },
  ]),
  { request: 'token as bearer', ...nobody },
  {
    request: 'xhr',
    expected: { M: '403', T: '403', P: '401 xhr' },
    observed: { M: '403', T: '401 xhr', P: '401 xhr' },
    strict: { M: '403', T: '401 xhr', P: '401 xhr' },
    evidence: ['recorded', 'assumed'],
  },
]

export const cells: readonly Cell[] = rows.flatMap(({ request, evidence, ...outcomes }) =>
  (['M', 'T', 'P'] as const).flatMap((letter) => {
    const { expected, observed, strict } = outcomes
    const [ofObserved, ofStrict] = evidence
    const made: Cell[] = []
    const add = (profile: Profile, outcome: TableOutcome | undefined, grade: Evidence) => {
      if (outcome !== undefined) made.push({ request, letter, profile, outcome, evidence: grade })
    }
    const agrees = expected[letter] === observed[letter]
    add('expected', expected[letter], agrees ? ofObserved : 'expected')
    add('observed', observed[letter], ofObserved)
    add('strict', strict[letter], ofStrict)
    return made
  }),
)

/** Whether real Cloudflare (`observed`) is known not to give this cell's answer. */
export function onlyExpected({ request, letter, profile, outcome }: Cell): boolean {
  const real = cells.find(
    (cell) => cell.request === request && cell.letter === letter && cell.profile === 'observed',
  )
  return profile === 'expected' && real?.outcome !== outcome
}
