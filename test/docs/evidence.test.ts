/**
 * The evidence register: each claim about Cloudflare has a grade and meets its requirements, and the code cites every
 * entry.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cases } from '../../client/conformance/cases.ts'
import { operations } from '../../contracts/api/operations.ts'
import { behaviours, profiles } from '../../contracts/behaviours/table.ts'
import { edge } from '../../contracts/edge/endpoints.ts'
import { apiErrors } from '../../contracts/errors/errors.ts'
import type { Evidence } from '../../contracts/evidence/evidence.ts'
import { type Sources, sources } from '../../contracts/evidence/sources.ts'
import { modes } from '../../contracts/modes/catalogue.ts'
import { originFailures } from '../../emulator/network/origin/failures.ts'
import { type Entry, entriesOf, registerPages, sourcesModule } from './register.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

const entries = registerPages.flatMap((page) => entriesOf(page, read(`docs/evidence/${page}.md`)))
const values = ({ members }: Entry, name: string) =>
  members.filter(([each]) => each === name).map(([, value]) => value)

/** A web address, a file of this repository, or repository, path and commit. */
const places = [
  /<https:\/\/[^>]+>/,
  /^test\/fixtures\/ticket\.md$/,
  /^[\w.-]+\/[\w.-]+, `[^`]+`, commit [0-9a-f]{7,40}\b/,
]

test('contracts/evidence/sources.ts has the entries of the register (if not: npm run docs)', () => {
  expect(read('contracts/evidence/sources.ts')).toBe(sourcesModule(entries))
})

test('no id is repeated', () => {
  const ids = entries.map(({ id }) => id)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
})

describe.each(entries)('$id', (entry) => {
  const { id, page, grade, claim, dumps } = entry

  test('has an id of its page, a claim and known members', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(id.startsWith(`${page}-`)).toBe(true)
    expect(claim).not.toBe('')
    const known = ['Grade', 'Where', 'When', 'Because']
    expect(entry.members.filter(([name]) => !known.includes(name))).toEqual([])
  })

  test('can be checked', () => {
    const where = values(entry, 'Where')
    expect(where.filter((each) => !places.some((place) => place.test(each)))).toEqual([])
    if (grade === 'recorded' || grade === 'documented') {
      expect(
        where,
        `a ${grade} claim says where: an address, or repository, path and commit`,
      ).not.toEqual([])
      expect(values(entry, 'When')).not.toEqual([])
    } else {
      const because = [...where, ...values(entry, 'Because')]
      expect(because, `a claim that is ${grade} says why`).not.toEqual([])
    }
    if (grade === 'recorded') expect(dumps, 'a recorded claim quotes what was seen').not.toEqual([])
  })
})

function filesIn(folder: string, kind: RegExp) {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => kind.test(name) && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`)
    .map((path) => ({ path, text: read(path) }))
}

const code = ['contracts', 'emulator', 'client', 'test']
  .flatMap((folder) => filesIn(folder, /\.(ts|mjs)$/))
  .filter(({ path }) => path !== 'contracts/evidence/sources.ts')

/** Anything that looks like an id: in a list of sources, in a comment, in a message. */
const idLike = /(?<![\w./-])(?:edge|sign-in|api|emulator)-[a-z0-9]+(?:-[a-z0-9]+)*(?![\w-])/g

test('every entry is cited by the code or a test', () => {
  const cited = new Set(code.flatMap(({ text }) => text.match(idLike) ?? []))
  expect(entries.map(({ id }) => id).filter((id) => !cited.has(id))).toEqual([])
})

test('a comment cites only entries that exist', () => {
  const inBrackets = /^ *(?:\/\*\*|\*|\/\/).*?\(((?:edge|sign-in|api|emulator)-[a-z0-9-]+)[),]/gm
  const unknown = code.flatMap(({ path, text }) =>
    [...text.matchAll(inBrackets)]
      .map(([, id = '']) => id)
      .filter((id) => !Object.hasOwn(sources, id))
      .map((id) => `${path}: ${id}`),
  )
  expect(unknown).toEqual([])
})

test('what is graded recorded cites at least one recorded entry', () => {
  type Row = readonly [name: string, grades: readonly Evidence[], source: Sources]
  const rows: readonly Row[] = [
    ...Object.entries(behaviours).map(
      ([name, { in: choices, source }]) =>
        [name, profiles.map((profile) => choices[profile].evidence), source] as const,
    ),
    ...Object.entries(modes).map(
      ([id, { answer, source }]) =>
        [id, profiles.map((profile) => answer[profile].evidence), source] as const,
    ),
    ...[...operations, ...Object.values(edge), ...cases].map(
      ({ id, evidence, source }) => [id, [evidence], source] as const,
    ),
    ...Object.entries({ ...apiErrors, ...originFailures }).map(
      ([name, { evidence, source }]) => [name, [evidence], source] as const,
    ),
  ]
  const unbacked = rows.filter(
    ([, grades, source]) =>
      grades.includes('recorded') && !source.some((id) => sources[id] === 'recorded'),
  )
  expect(unbacked.map(([name]) => name)).toEqual([])
})

test('nothing cites a sheet that is not in the repository', () => {
  const elsewhere =
    /edge-facts|api-facts|\bhandoffs\b|\badditions [0-9]|\bdesign (§|[0-9])|[('`;] ?[AEH] [0-9]+(\.[0-9]|\b)|\.\.\/shared\//
  const all = [
    ...code.filter(({ path }) => path !== 'test/docs/evidence.test.ts'),
    ...filesIn('docs', /\.(md|json|yml)$/),
    ...['README.md', 'CHANGELOG.md'].map((path) => ({ path, text: read(path) })),
  ]
  expect(all.filter(({ text }) => elsewhere.test(text)).map(({ path }) => path)).toEqual([])
})
