/** Every guide has a row in the index, and a test that runs it. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { blocksOf, matches, readPage, stepOf } from '../guides/page.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const guides = readdirSync(`${root}/docs/guides`).filter(
  (file) => file.endsWith('.md') && file !== 'README.md',
)
const index = readFileSync(`${root}/docs/guides/README.md`, 'utf8')
const tests = readdirSync(`${root}/test/guides`).filter((file) => file.endsWith('.test.ts'))

describe.each(guides)('docs/guides/%s', (file) => {
  test('has one row in the index', () => {
    const rows = index.split('\n').filter((line) => line.startsWith('|'))
    expect(rows.filter((line) => line.includes(`](${file})`))).toHaveLength(1)
  })

  test('is run by a test', () => {
    const name = file.replace(/md$/, 'slow.test.ts')
    expect(tests, `no test/guides/${name}`).toContain(name)
    const source = readFileSync(`${root}/test/guides/${name}`, 'utf8')
    expect(source).toContain(`'guides/${file}'`)
  })

  test('has a test for each of its blocks, or a reason', () => {
    const { blocks, path } = readPage(`guides/${file}`)
    expect(() => blocks.map((block) => stepOf(block, path))).not.toThrow()
    expect(blocks.some(({ values }) => !values.has('not-run'))).toBe(true)
  })
})

test('the index has no row without its page', () => {
  const linked = [...index.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, file = '']) => file)
  expect(linked.filter((file) => !guides.includes(file))).toEqual([])
})

describe('a block', () => {
  const steps = (page: string) =>
    blocksOf(page, 'docs/x.md').map((block) => stepOf(block, 'docs/x.md'))

  test('says what it is by the words after its language', () => {
    const page = [
      ...['```sh', 'a', '```', '```sh terminal', 'b', '```', '```ts file=src/c.ts', 'c', '```'],
      ...['```text', 'd', '```', '```json output', '{}', '```', '```hcl not-run=no-cloud', '```'],
    ].join('\n')
    expect(steps(page).map(({ kind, block }) => [kind, block.text.trim(), block.line])).toEqual([
      ['shell', 'a', 2],
      ['terminal', 'b', 5],
      ['file', 'c', 8],
      ['output', 'd', 11],
      ['output', '{}', 14],
      ['not-run', '', 17],
    ])
  })

  test.each(['```ts', '```', '```sh exits=1', '```sh terminals'])(
    'of which no test could say whether it is true is refused: %s',
    (fence) => {
      expect(() => steps(`${fence}\nx\n\`\`\`\n`)).toThrow('docs/')
    },
  )
})

describe('what is shown', () => {
  test.each([
    ['a\nb', 'a\nb'],
    ['a  \r\nb\n\n', 'a\nb'],
    ['ray 12ab', 'ray …'],
    ['a\nx\ny\nb', 'a\n…\nb'],
    ['a\nb', 'a\n…\nb'],
    ['x\na', '…\na'],
    ['(a|b)*', '(a|b)*'],
  ])('%j was printed where %j is shown', (printed, shown) => {
    expect(matches(printed, shown)).toBe(true)
  })

  test.each([
    ['a\nb', 'a'],
    ['a', 'a\nb'],
    ['b\na', 'a\n…'],
    ['ab', '(a|b)*'],
    ['ray 12ab\nx', 'ray …'],
  ])('%j was not printed where %j is shown', (printed, shown) => {
    expect(matches(printed, shown)).toBe(false)
  })
})
