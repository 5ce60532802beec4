/** Holds the confusion matrix, and the committed page, to their thresholds. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Overrides, profiles } from '../../../contracts/behaviours/table.ts'
import { type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import type { Mode } from '../../../contracts/modes/mode.ts'
import { inputs, matrix, type Run, wantedOf } from './matrix.ts'
import { isMet, measuresOf, measuresOn } from './measures.ts'

let runs: readonly Run[] = []
beforeAll(async () => {
  runs = await matrix()
}, 120_000)

const wrong = (input: Run['input'], wanted: Run['wanted']) =>
  runs
    .filter((run) => run.input === input && run.wanted === wanted && !run.isRight)
    .map(({ profile, id, how, reported }) => ({ profile, id, how, reported }))

const where = 'The checks are in client/doctor/checks/.'

test('covers every mode in every profile that has it, with every input that shows it', () => {
  const isThere = new Set(runs.map(({ id, profile, input }) => `${profile} ${id} ${input}`))
  const wanted = (Object.entries(modes) as [ModeId, Mode][]).flatMap(([id, { answer }]) =>
    profiles
      .filter((profile) => answer[profile].absent === undefined)
      .flatMap((profile) => wantedOf(id).map(([input]) => `${profile} ${id} ${input}`)),
  )
  expect(wanted.length).toBeGreaterThan(300)
  expect(wanted.filter((each) => !isThere.has(each))).toEqual([])
})

test('with edge probes alone the class is always right', () => {
  expect(wrong('edge', 'class'), where).toEqual([])
})

test('classes stay small: thirteen causes at most, five on average over the catalogue', () => {
  const named = runs.filter(({ input, wanted }) => input !== 'api' && wanted === 'class')
  const sizes = (all: readonly Run[]) => all.map(({ reported }) => reported.length)
  expect(Math.max(...sizes(named))).toBeLessThanOrEqual(13)
  const ofCatalogue = sizes(named.filter(({ how }) => how === undefined))
  const sum = ofCatalogue.reduce((before, size) => before + size, 0)
  expect(sum / ofCatalogue.length).toBeLessThanOrEqual(5)
})

test('with the observed exchange the class is always right', () => {
  expect(wrong('exchange', 'class'), where).toEqual([])
})

test('nothing is reported if nothing is wrong', () => {
  expect(
    inputs.flatMap((input) => wrong(input, 'healthy')),
    where,
  ).toEqual([])
})

test('every measure reaches its threshold', () => {
  expect(measuresOf(runs).filter((measure) => !isMet(measure))).toEqual([])
})

/** Behaviours that the evidence leaves open, each set to a value that no profile has. */
const unsettled: Overrides = {
  'api.not_enabled_status': 404,
  'api.permission_missing': 'forbidden',
  'api.route_unknown_status': 400,
  'application_token.assertion_header': false,
  'binding_cookie.needed_by': 'every_token',
  'block.access_error_header': '',
  'block.json_when': 'json',
  'certs.on_application_host': false,
  'certs.order': 'current_first',
  'jwt.internal_hostname': false,
  'login.query_order': 'kid,redirect_url,meta',
  'oauth.registration_disabled': 403,
  'organization.unmatched_body': 'error_1043',
  'organization.unmatched_status': 404,
  'path.unknown_application_status': 200,
  'path.unknown_body_team': 'empty',
  'request.header_limit': '32_kb_and_16_kb_each',
  'request.too_large_status': 413,
  'service_token_jwt.aud': 'array',
  'service_token_jwt.exp_offset': 1,
  'strict.unusable_headers': 403,
}

test('the doctor copes with either value of behaviours that the evidence leaves open', async () => {
  const others = await matrix(unsettled, ['observed'])
  const missed = (all: readonly Run[]) =>
    all
      .filter(({ profile, isRight }) => profile === 'observed' && !isRight)
      .map(({ id, how, input }) => ({ id, how, input }))
  expect(missed(others)).toEqual(missed(runs))
}, 60_000)

describe('the committed page (npm run bench:doctor writes it)', () => {
  const committed = readFileSync(new URL('../../../docs/doctor.md', import.meta.url), 'utf8')

  test('has each measure, and all of them reach their thresholds', () => {
    const printed = measuresOn(committed)
    const barsOf = (all: typeof printed) => all.map(({ what, bar }) => ({ what, bar }))
    expect(barsOf(printed)).toEqual(barsOf(measuresOf(runs)))
    expect(printed.filter((measure) => !isMet(measure))).toEqual([])
  })

  test('has every mode and every healthy configuration', () => {
    const ids = new Set(runs.map(({ id }) => id))
    expect([...ids].filter((id) => !committed.includes(`\n| \`${id}\``))).toEqual([])
  })
})
