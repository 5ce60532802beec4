/** Links between the pages of the repository lead to a file, and down to a heading of it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const below = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
    join(folder, file),
  )
const pages = [...readdirSync(root), ...below('docs'), ...below('action')].filter(
  (file) => file.endsWith('.md') && !file.includes('node_modules'),
)

/** Without code, which may look like a link. */
const prose = (page: string) =>
  readFileSync(join(root, page), 'utf8')
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''))

/** As GitHub makes them: the heading's letters, digits and hyphens, with numbers for repeated ones. */
function anchorsOf(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  return new Set(
    [...prose(page).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => {
      const slug = heading
        .replaceAll(/\]\([^)]*\)/g, '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-')
      const count = seen.get(slug) ?? 0
      seen.set(slug, count + 1)
      return count === 0 ? slug : `${slug}-${count}`
    }),
  )
}

test.each(pages)('the links of %s', (page) => {
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  const broken = links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return !URL.canParse(link)
    const [path = '', anchor] = link.split('#')
    const file = path === '' ? page : join(dirname(page), path)
    if (relative('.', file).startsWith('..') || !existsSync(join(root, file))) return true
    if (anchor === undefined) return false
    return statSync(join(root, file)).isDirectory() || !anchorsOf(file).has(anchor)
  })
  expect(broken).toEqual([])
})
