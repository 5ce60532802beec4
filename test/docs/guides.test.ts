/** The guides for contributors: every linked file exists, and the glossary stays short. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = [
  ...['ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'AGENTS.md', 'README.md'],
  'docs/README.md',
]
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

/** Paths of the repository in backticks: `emulator/edge/gate.ts`, `docs/modes/`. */
function pathsIn(text: string): string[] {
  const found = text.matchAll(/`((?:action|emulator|client|contracts|test|docs)\/[\w./-]*)`/g)
  return [...found].map(([, path = '']) => path)
}

/** The rows of the table under a heading, cell by cell. */
function rowsUnder(heading: string, text: string): string[][] {
  const [, after = ''] = text.split(`## ${heading}\n`)
  const [section = ''] = after.split(/^## /m, 1)
  const [, ...rows] = section.split('\n').filter((line) => line.startsWith('| '))
  return rows.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

describe.each(pages)('%s', (page) => {
  const text = textOf(page)

  test.each([...new Set(pathsIn(text))])('sends the reader to %s', (path) => {
    expect(existsSync(join(root, path)), `${page} names ${path}`).toBe(true)
    expect(statSync(join(root, path)).isDirectory(), `${path} is a folder where it ends in /`).toBe(
      path.endsWith('/'),
    )
  })

  test.each([...text.matchAll(/\]\((?!http)([^)#]+)/g)].map(([, link = '']) => link))(
    'links to %s',
    (link) => {
      expect(existsSync(join(root, dirname(page), link)), `${page} links to ${link}`).toBe(true)
    },
  )

  test('names only scripts that are there', () => {
    const { scripts } = JSON.parse(textOf('package.json'))
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  const text = textOf('ARCHITECTURE.md')

  test.each(rowsUnder('To change something', text))(
    'to change %s, a reader goes to %s, and %s fails meanwhile',
    (_, files = '', keeper = '') => {
      expect(pathsIn(files)).not.toEqual([])
      const [test] = pathsIn(keeper)
      expect(test !== undefined || keeper.startsWith('`npm run')).toBe(true)
    },
  )

  const words = rowsUnder('Our own words', text)

  test('has at most twenty words, each with one meaning', () => {
    const names = words.map(([name = '']) => name.toLowerCase())
    expect(names.length).toBeGreaterThan(10)
    expect(names.length).toBeLessThanOrEqual(20)
    expect(new Set(names).size).toBe(names.length)
  })

  test.each(words)('the word %s (%s) is declared in %s', (name = '', _, file = '') => {
    const [path = ''] = pathsIn(file)
    expect(textOf(path).toLowerCase()).toContain(name.toLowerCase())
  })

  test('has three journeys, in numbered steps', () => {
    const [, journeys = ''] = text.split('## Three journeys\n')
    const [section = ''] = journeys.split(/^## /m)
    expect([...section.matchAll(/^### \d\. /gm)]).toHaveLength(3)
    expect([...section.matchAll(/^\d\. /gm)].length).toBeGreaterThan(15)
  })
})
