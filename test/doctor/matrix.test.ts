/** The confusion matrix: what the doctor names, held to its targets and to the committed page. */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { type Overrides, profiles } from '../../contracts/behaviours/table.ts'
import { type ModeId, modes } from '../../contracts/modes/catalogue.ts'
import type { Mode } from '../../contracts/modes/mode.ts'
import { matrix, type Run, wantedOf } from './matrix.ts'
import { numbersOf, page, type Score } from './page.ts'

let runs: readonly Run[] = []
beforeAll(async () => {
  runs = await matrix()
}, 120_000)

const share = ({ right, of }: Score) => right / of
const wrong = (input: Run['input'], wanted: Run['wanted']) =>
  runs
    .filter((run) => run.input === input && run.wanted === wanted && !run.isRight)
    .map(({ profile, id, how, reported }) => ({ profile, id, how, reported }))

test('every mode is looked at in every profile that has it, with every input that shows it', () => {
  const isThere = new Set(runs.map(({ id, profile, input }) => `${profile} ${id} ${input}`))
  const wanted = (Object.entries(modes) as [ModeId, Mode][]).flatMap(([id, { answer }]) =>
    profiles
      .filter((profile) => answer[profile].absent === undefined)
      .flatMap((profile) => wantedOf(id).map(([input]) => `${profile} ${id} ${input}`)),
  )
  expect(wanted.length).toBeGreaterThan(300)
  expect(wanted.filter((each) => !isThere.has(each))).toEqual([])
})

test('by edge probes alone the class is always right', () => {
  expect(wrong('edge', 'class')).toEqual([])
})

test('a class is no net: thirteen causes at most, and five as a mean over the catalogue', () => {
  const named = runs.filter(({ input, wanted }) => input !== 'api' && wanted === 'class')
  const sizes = (all: readonly Run[]) => all.map(({ reported }) => reported.length)
  expect(Math.max(...sizes(named))).toBeLessThanOrEqual(13)
  const ofCatalogue = sizes(named.filter(({ how }) => how === undefined))
  const sum = ofCatalogue.reduce((before, size) => before + size, 0)
  expect(sum / ofCatalogue.length).toBeLessThanOrEqual(5)
})

test('with an API token 95 % of what the API or the edge can show is named exactly', () => {
  expect(share(numbersOf(runs).withApi)).toBeGreaterThanOrEqual(0.95)
})

test('with the observed exchange 95 % of the rest is named exactly, and the class of the others is right', () => {
  expect(share(numbersOf(runs).byExchange)).toBeGreaterThanOrEqual(0.95)
  expect(wrong('exchange', 'class')).toEqual([])
})

test('nothing is named where nothing is wrong', () => {
  const { healthyKinds, falseAlarms } = numbersOf(runs)
  expect(healthyKinds).toBeGreaterThanOrEqual(12)
  expect(wrong('edge', 'healthy')).toEqual([])
  expect(falseAlarms).toBe(0)
})

test('four requests are enough, as a median', () => {
  expect(numbersOf(runs).medianProbes).toBeLessThanOrEqual(4)
})

test('most worlds are made by API calls alone', () => {
  expect(share(numbersOf(runs).worldsByApi)).toBeGreaterThanOrEqual(0.5)
})

/** Behaviours that the evidence leaves open, each set to the value that no profile has. */
const unsettled: Overrides = {
  'api.not_enabled_status': 404,
  'api.route_unknown_status': 400,
  'application_token.assertion_header': false,
  'binding_cookie.needed_by': 'every_token',
  'block.access_error_header': '',
  'block.json_when': 'json',
  'certs.on_application_host': false,
  'certs.order': 'current_first',
  'jwt.internal_hostname': false,
  'login.query_order': 'kid,redirect_url,meta',
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

test('what nobody has settled may be the other way, and the doctor reads it as well', async () => {
  const others = await matrix(unsettled, ['observed'])
  const missed = (all: readonly Run[]) =>
    all
      .filter(({ profile, isRight }) => profile === 'observed' && !isRight)
      .map(({ id, how, input }) => ({ id, how, input }))
  expect(missed(others)).toEqual(missed(runs))
}, 60_000)

test('the committed page has these numbers (if not: npm run bench:doctor, and see that it is no worse)', () => {
  const committed = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8')
  const lines = (text: string) => text.split('\n')
  expect(lines(page(runs))).toEqual(lines(committed))
})
