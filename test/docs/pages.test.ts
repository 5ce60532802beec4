/** The committed pages of `docs/` match the contracts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { notBuilt, officialCount } from '../../contracts/api/not-built.ts'
import { operations, pathsOf } from '../../contracts/api/operations.ts'
import { behaviours } from '../../contracts/behaviours/table.ts'
import { modes } from '../../contracts/modes/catalogue.ts'
import { documentationPagesModule } from './documentation-pages.ts'
import { notBuiltModule } from './not-built.ts'
import { ownHandlersModule } from './own-handlers.ts'
import { pages } from './pages.ts'
import { permissionGroupsModule } from './permission-groups.ts'

function committed(name: string): string {
  const file = new URL(`../../docs/${name}`, import.meta.url)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const source = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('a generated source', () => {
  const handlers = () =>
    ownHandlersModule(readdirSync(new URL('../../emulator/api/', import.meta.url)))
  const official = () => JSON.parse(source('test/fixtures/official-document.json'))
  const missing = () => notBuiltModule(official(), source('contracts/api/not-built.ts'))
  const permissions = () => permissionGroupsModule(official())
  test.each([
    ['emulator/api/own-handlers.ts', handlers],
    ['contracts/api/not-built.ts', missing],
    ['contracts/api/permission-groups.ts', permissions],
    ['contracts/api/documentation-pages.ts', documentationPagesModule],
  ])('is current: %s (if not: npm run docs)', (path, text) => {
    expect(source(path) === text(), `${path} is not current: npm run docs`).toBe(true)
  })
})

describe('a generated page', () => {
  test.each(pages())('is current: docs/$name (if not: npm run docs)', ({ name, text }) => {
    expect(committed(name) === text, `docs/${name} is not current: npm run docs`).toBe(true)
  })

  test('of operations has a row for each, and no unused ones', () => {
    const page = committed('operations.md')
    const [, underAccess = '', outside = '', beside = ''] = page.split('\n## ')
    const rows = (section: string) =>
      section.split('\n').filter((line) => /^\| [A-Z]+ \|/.test(line))
    expect(rows(underAccess)).toHaveLength(officialCount.access)
    expect(rows(outside)).toHaveLength(officialCount.all - officialCount.access)
    expect(beside).toContain('| `organizations.patch` |')
    for (const endpoint of operations) {
      for (const path of pathsOf(endpoint)) {
        const row = rows(page).find((line) =>
          line.startsWith(`| ${endpoint.method} | \`${path}\` |`),
        )
        expect(row).toContain(`| \`${endpoint.id}\` | built |`)
        expect(row).toContain(`| \`${endpoint.evidence}\` |`)
      }
    }
    expect(rows(page).filter((line) => line.includes('| 501 |'))).toHaveLength(notBuilt().length)
    expect(page).not.toContain('nothing**')
  })

  test('of behaviours has a row for each', () => {
    const page = committed('behaviours.md')
    for (const [name, { about }] of Object.entries(behaviours)) {
      expect(page).toContain(`| \`${name}\` | ${about} |`)
    }
  })

  test('of a failure mode is complete, and there is none for an unknown mode', () => {
    const index = committed('modes/README.md')
    for (const [id, { title, cause, tell, fix, answer, source }] of Object.entries(modes)) {
      const page = committed(`modes/${id}.md`)
      for (const part of [title, cause, tell, fix, ...source]) {
        expect(page).toContain(part)
      }
      for (const [profile, { evidence }] of Object.entries(answer)) {
        const row = page.split('\n').find((line) => line.startsWith(`| \`${profile}\` |`))
        expect(row).toContain(`(${evidence})`)
      }
      expect(page).toContain(`\n    npx access-emulator modes ${id} --set\n`)
      expect(index).toContain(`| [\`${id}\`](${id}.md) | ${title} |`)
    }
    const written = readdirSync(new URL('../../docs/modes/', import.meta.url))
    expect(written.sort()).toEqual(
      ['README.md', ...Object.keys(modes).map((id) => `${id}.md`)].sort(),
    )
  })
})
