/**
 * The fenced blocks of a guide, and what its test does with each. The words after a block's language say so, which GitHub and
 * npm do not show; docs/guides/README.md lists them.
 */
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Block {
  readonly language: string
  /** Words without a value, such as `terminal`. */
  readonly words: ReadonlySet<string>
  readonly values: ReadonlyMap<string, string>
  readonly text: string
  /** Where the text begins in the page. */
  readonly line: number
}

export interface Page {
  /** Such as `docs/guides/terraform.md`. */
  readonly path: string
  readonly blocks: readonly Block[]
}

const known = {
  words: new Set(['terminal', 'output']),
  values: new Set(['exit', 'needs', 'file', 'not-run']),
}

/** @param name below `docs/` */
export function readPage(name: string): Page {
  const path = posix.join('docs', name)
  const text = readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')
  return { path, blocks: blocksOf(text, path) }
}

/** @throws if a block has a word that means nothing here */
export function blocksOf(markdown: string, path: string): readonly Block[] {
  return [...markdown.matchAll(/^```(\w*)([^\n]*)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language = '', 2: info = '', 3: text = '' }) => {
      const line = markdown.slice(0, index).split('\n').length + 1
      const words = new Set<string>()
      const values = new Map<string, string>()
      for (const word of info.split(/\s+/).filter((each) => each !== '')) {
        const [key = '', value] = word.split(/=(.*)/s)
        const isKnown = value === undefined ? known.words.has(key) : known.values.has(key)
        if (!isKnown) throw new Error(`${path}:${line - 1}: what does "${word}" mean?`)
        if (value === undefined) words.add(key)
        else values.set(key, value)
      }
      return { language, words, values, text, line }
    },
  )
}

export type Step =
  | { readonly kind: 'shell' | 'terminal' | 'output'; readonly block: Block }
  | { readonly kind: 'file'; readonly block: Block; readonly file: string }
  | { readonly kind: 'not-run'; readonly block: Block; readonly reason: string }

/** @throws if the page has a block of which no test could say whether it is true */
export function stepOf(block: Block, path: string): Step {
  const { language, words, values } = block
  const reason = values.get('not-run')
  const file = values.get('file')
  if (reason !== undefined) return { kind: 'not-run', block, reason: reason.replaceAll('-', ' ') }
  if (file !== undefined) return { kind: 'file', block, file }
  if (language === 'sh') return { kind: words.has('terminal') ? 'terminal' : 'shell', block }
  if (language === 'text' || words.has('output')) return { kind: 'output', block }
  throw new Error(`${path}:${block.line}: say file=NAME, output or not-run=REASON`)
}

const literally = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** Whether a program printed what the page shows. Spaces at the ends of lines do not count. */
export function matches(printed: string, shown: string): boolean {
  const tidy = (text: string) => text.replaceAll(/[^\S\n]+$/gm, '').trim()
  const pattern = tidy(shown)
    .split('\n')
    .map((line) =>
      line.trim() === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(literally).join('.*')}\\n`,
    )
    .join('')
  return new RegExp(`^${pattern}$`).test(`${tidy(printed)}\n`)
}
