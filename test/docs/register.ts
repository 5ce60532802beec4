/** Reads the evidence register, `docs/evidence/`, and generates the module of its ids. */
import { type Evidence, evidenceGrades } from '../../contracts/evidence/evidence.ts'

/** The pages of the register. The ids of a page begin with its name. */
export const registerPages = ['edge', 'sign-in', 'api', 'emulator'] as const

export interface Entry {
  readonly id: string
  /** The page's name, without `.md`. */
  readonly page: string
  readonly grade: Evidence
  readonly claim: string
  /** The `- Name: value` lines, in order. */
  readonly members: readonly (readonly [name: string, value: string])[]
  /** The contents of the fenced blocks. */
  readonly dumps: readonly string[]
}

/**
 * The entries of one page, one for each `###` heading.
 * @throws Error if an entry has no grade, or one that does not exist
 */
export function entriesOf(page: string, markdown: string): readonly Entry[] {
  return markdown
    .split(/^### /m)
    .slice(1)
    .map((section) => entryOf(page, section.split(/^## /m)[0] ?? ''))
}

function entryOf(page: string, section: string): Entry {
  const [id = '', ...lines] = section.split('\n')
  const dumps = [...section.matchAll(/^```.*\n([\s\S]*?)^```$/gm)].map(([, dump = '']) => dump)
  const members = lines.flatMap((line) => {
    const [, name, value] = /^- ([A-Z][a-z]+): (.+)$/.exec(line) ?? []
    return name === undefined || value === undefined ? [] : [[name, value] as const]
  })
  const claim = lines.join('\n').split(/^- /m)[0] ?? ''
  const name = members.find(([member]) => member === 'Grade')?.[1]
  const grade = evidenceGrades.find((each) => each === name)
  if (grade === undefined) {
    throw new Error(`docs/evidence/${page}.md: ${id} has the grade "${name}", which does not exist`)
  }
  return { id: id.trim(), page, grade, claim: claim.trim(), members, dumps }
}

/**
 * Links to entries of the register, for a generated page.
 * @param folder the register's folder relative to that page: `evidence/` or `../evidence/`
 */
export function sourceLinks(ids: readonly string[], folder: string): string {
  return ids.map((id) => `[\`${id}\`](${folder}${pageOf(id)}.md#${id})`).join(', ')
}

function pageOf(id: string): string {
  const page = registerPages.find((each) => id.startsWith(`${each}-`))
  if (page === undefined) throw new Error(`No page of docs/evidence/ has entries like ${id}`)
  return page
}

/** The text of `contracts/evidence/sources.ts`. */
export function sourcesModule(entries: readonly Entry[]): string {
  const rows = entries
    .map(({ id, grade }) => `  '${id}': '${grade}',`)
    .toSorted()
    .join('\n')
  return `/** Ids of the evidence register and their grades. Generated from docs/evidence/ by \`npm run docs\`. Do not edit. */
import type { Evidence } from './evidence.ts'

export const sources = {
${rows}
} as const satisfies Record<string, Evidence>

export type SourceId = keyof typeof sources

/** A row's sources: at least one entry of the register. */
export type Sources = readonly [SourceId, ...SourceId[]]
`
}
