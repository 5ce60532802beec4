/** The evidence register: each claim about Cloudflare has a grade, and what that grade promises a reader. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Entry, entriesOf, registerPages, sourcesModule } from './register.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

const entries = registerPages.flatMap((page) => entriesOf(page, read(`docs/evidence/${page}.md`)))
const values = ({ members }: Entry, name: string) =>
  members.filter(([each]) => each === name).map(([, value]) => value)

/** A web address, a file of this repository, or repository, path and commit. */
const places = [
  /<https:\/\/[^>]+>/,
  /^test\/fixtures\/ticket\.md$/,
  /^[\w.-]+\/[\w.-]+, `[^`]+`, commit [0-9a-f]{7,40}\b/,
]

test('contracts/sources.ts has the entries of the register (if not: npm run docs)', () => {
  expect(read('contracts/sources.ts')).toBe(sourcesModule(entries))
})

test('no id stands twice', () => {
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
