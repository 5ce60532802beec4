/** The planner is pure: facts in, the next probe or the verdict out. A new cause is a new row. */
import { describe, expect, test } from 'vitest'
import { ask, type Check, match, no, out } from '../../../client/doctor/check.ts'
import { checks } from '../../../client/doctor/checks/index.ts'
import type { ObservedFacts, SeenAnswer } from '../../../client/doctor/observation.ts'
import { plan } from '../../../client/doctor/planner.ts'
import { unanswered } from '../../../client/doctor/read-answer.ts'
import { isModeId, modes } from '../../../contracts/modes/catalogue.ts'
import type { Mode } from '../../../contracts/modes/mode.ts'

const url = new URL('https://app.example.com/')

function facts(more: Partial<ObservedFacts> = {}): ObservedFacts {
  return {
    url,
    gateUrl: url,
    kind: 'application',
    pair: { status: 'usable', client_id: `${'a1'.repeat(16)}.access` },
    aud: undefined,
    team: undefined,
    hasApi: false,
    observed: undefined,
    earlier: [],
    seen: {},
    account: {},
    drift: {},
    refusals: {},
    canExplain: false,
    explained: {},
    ownNowMs: 0,
    wantsOauth: false,
    nowMs: Date.parse('2026-01-02T03:04:05Z'),
    ...more,
  }
}

function seen(status: number, more: Partial<SeenAnswer> = {}): SeenAnswer {
  const base = unanswered('cut', { method: 'GET', url, tookMs: 1 })
  const { failure: _, ...answered } = base
  return { ...answered, status, ray: '0123456789abcdef-SJC', ...more }
}

const login = (service_token_status: boolean) =>
  seen(302, {
    kind: 'login',
    team: 'example.cloudflareaccess.com',
    meta: { service_token_status, auth_status: 'NONE' },
  })

function verdict(given: ObservedFacts) {
  const step = plan(given)
  if (step.kind !== 'verdict') throw new Error(`asks for ${step.probe}`)
  return step
}

test('every row names a mode of the catalogue', () => {
  expect(checks.map(({ id }) => id).filter((id) => !isModeId(id))).toEqual([])
})

test('every mode of the catalogue that shows outside a browser has a row', () => {
  const named = new Set<string>(checks.map(({ id }) => id))
  const shown = Object.entries<Mode>(modes).filter(([, { observable_with }]) =>
    observable_with.some((place) => place !== 'browser'),
  )
  expect(
    shown.map(([id]) => id).filter((id) => !named.has(id)),
    'Add a check for each to client/doctor/checks/.',
  ).toEqual([])
})

describe('the next probe is', () => {
  test.each([
    ['without credentials first', facts(), 'bare'],
    ['with the pair if Access guards the URL', facts({ seen: { bare: login(false) } }), 'pair'],
    [
      'the application’s document, and not the pair, if the host is open',
      facts({ seen: { bare: seen(200) } }),
      'well_known',
    ],
    [
      'an invented pair, if a block says nothing about the one sent',
      facts({
        seen: { bare: seen(403, { kind: 'blocked' }), pair: seen(403, { kind: 'blocked' }) },
      }),
      'invented',
    ],
    [
      'the account, if the responses are not enough and it can be read',
      facts({ hasApi: true, seen: { bare: login(false), pair: login(false) } }),
      'applications',
    ],
  ])('%s', (_, given, probe) => {
    expect(plan(given)).toEqual({ kind: 'probe', probe })
  })
})

test('a pair that does not authenticate has six possible causes, none ranked above the others', () => {
  const { causes } = verdict(facts({ seen: { bare: login(false), pair: login(false) } }))
  expect(causes).toHaveLength(6)
  expect(new Set(causes.map(({ confidence }) => confidence))).toEqual(new Set([0.17]))
  for (const { alike } of causes) expect(alike).toHaveLength(5)
})

test('a malformed half is reported before anything is sent', () => {
  const pair = { status: 'malformed', problem: 'the client id holds a quote' } as const
  const { causes } = verdict(facts({ pair, seen: { bare: login(false) } }))
  expect(causes.map(({ id }) => id)).toEqual(['token-header-malformed'])
})

describe('a custom table', () => {
  const row = (
    id: Check['id'],
    look: Check['evaluate'],
    about: Check['about'] = 'gate',
  ): Check => ({
    id,
    about,
    evaluate: look,
  })

  test('requests probes before it judges, cheapest first', () => {
    const table = [
      row('origin-down', () => ask('pair')),
      row('waf-block', () => ask('bare')),
      row('edge-slow', () => match(1, ['late'])),
    ]
    expect(plan(facts(), table)).toEqual({ kind: 'probe', probe: 'bare' })
  })

  test('shares the confidence among causes of one question, and ranks them', () => {
    const table = [
      row('origin-down', () => match(0.5, ['one'])),
      row('waf-block', () => match(0.9, ['two'])),
      row('service-auth-absent', () => match(0.8, ['three']), 'exchange'),
      row('edge-slow', () => out('it was quick')),
      row('edge-reset', () => no),
    ]
    expect(plan(facts(), table)).toEqual({
      kind: 'verdict',
      causes: [
        {
          id: 'waf-block',
          confidence: 0.64,
          alike: ['origin-down'],
          proof: ['two'],
          fix: modes['waf-block'].fix,
        },
        {
          id: 'origin-down',
          confidence: 0.36,
          alike: ['waf-block'],
          proof: ['one'],
          fix: modes['origin-down'].fix,
        },
        {
          id: 'service-auth-absent',
          confidence: 0.8,
          alike: [],
          proof: ['three'],
          fix: modes['service-auth-absent'].fix,
        },
      ],
      ruled_out: [{ id: 'edge-slow', because: 'it was quick' }],
    })
  })
})
