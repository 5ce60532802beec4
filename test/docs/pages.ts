/**
 * Generates the pages of `docs/` in memory: `generate.mjs` writes them, a test compares them with the committed ones.
 */

import { notBuilt, officialCount } from '../../contracts/api/not-built.ts'
import { operations, pathsOf } from '../../contracts/api/operations.ts'
import { type Behaviour, behaviours, profiles } from '../../contracts/behaviours/table.ts'
import { apiErrors } from '../../contracts/errors/errors.ts'
import type { Evidence } from '../../contracts/evidence/evidence.ts'
import manifest from '../../package.json' with { type: 'json' }
import driven from '../witness/driven.json' with { type: 'json' }
import { beyondDocument, notInClient, onlyRefuses } from '../witness/known-differences.ts'
import { effectsPage } from './effects-page.ts'
import { code, generated, gradesList, type Page, table } from './markdown.ts'
import { modePages } from './mode-pages.ts'
import { permissionsPage } from './permissions-page.ts'
import { reasonsPage } from './reasons-page.ts'
import { sourceLinks } from './register.ts'

export function pages(): readonly Page[] {
  return [
    { name: 'operations.md', text: operationsPage() },
    { name: 'behaviours.md', text: behavioursPage() },
    { name: 'reasons.md', text: reasonsPage() },
    { name: 'api-tokens.md', text: permissionsPage() },
    { name: 'effects.md', text: effectsPage() },
    ...modePages(),
  ]
}

interface Row {
  readonly method: string
  readonly path: string
  /** Our name if it is built, Cloudflare's if it is not. */
  readonly operation: string
  readonly summary: string
  readonly isBuilt: boolean
  readonly isOfficial: boolean
  readonly evidence: Evidence
}

/** Built but not in the official document: newer than it, or outside the part of it that we use. */
function isBeyond(id: string, call: string): boolean {
  return id === 'organizations.patch' || beyondDocument.test(call)
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

function rows(): readonly Row[] {
  const built = operations.flatMap((endpoint) =>
    pathsOf(endpoint).map((path) => ({
      ...endpoint,
      path,
      operation: endpoint.id,
      isBuilt: true,
      isOfficial: !isBeyond(endpoint.id, `${endpoint.method} ${path}`),
    })),
  )
  const missing = notBuilt().map((one) => ({
    ...one,
    isBuilt: false,
    isOfficial: true,
    evidence: apiErrors.not_emulated.evidence,
  }))
  const order = ({ path, method }: Row) => `${path} ${methods.indexOf(method)}`
  return [...built, ...missing].toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
}

const witnesses: Readonly<Record<string, string>> = {
  cloudflare: `\`cloudflare\` ${manifest.devDependencies.cloudflare.replace('^', '')}`,
  fetch: 'plain `fetch`',
}

function witnessOf({ method, path, isBuilt, operation }: Row): string {
  const byCall: Readonly<Record<string, string>> = driven
  const witness = byCall[`${method} ${path}`]
  if (witness !== undefined) return witnesses[witness] ?? witness
  if (onlyRefuses[operation] !== undefined) return 'plain `fetch`, to its refusal'
  return isBuilt ? '**nothing**' : ''
}

function operationTable(shown: readonly Row[]): string {
  return table(
    ['Method', 'Path', 'What it does', 'Operation', 'Answer', 'Driven by', 'Evidence'],
    shown.map((row) => [
      row.method,
      code(row.path),
      row.summary,
      code(row.operation),
      row.isBuilt ? 'built' : '501',
      witnessOf(row),
      code(row.evidence),
    ]),
  )
}

function operationsPage(): string {
  const all = rows()
  const isUnderAccess = ({ path }: Row) => path.includes('/access/')
  const underAccess = all.filter((row) => row.isOfficial && isUnderAccess(row))
  const outside = all.filter((row) => row.isOfficial && !isUnderAccess(row))
  const built = (shown: readonly Row[]) => shown.filter(({ isBuilt }) => isBuilt).length
  return `${generated}

# Operations of the Cloudflare API

The official OpenAPI document has ${officialCount.access} operations under \`/access/\`: ${built(underAccess)} are built, and the other
${underAccess.length - built(underAccess)} answer 501 with an envelope that names the operation, so that "not emulated" is never mistaken for
"not found". Paths are relative to \`/client/v4\`. An operation that exists for accounts and for zones has a row for each.

**Driven by** is what calls the operation successfully in \`test/witness/\`: the official npm client \`cloudflare\`,
pointed at the emulator with its \`baseURL\` option (every answer is also checked against the official document; where it
has no method it is told the path, as its own README shows), or plain
\`fetch\` where that client has no method for it:

${Object.entries(notInClient)
  .map(([id, reason]) => `- \`${id}\`: ${reason}`)
  .join('\n')}

Some only ever refuse:

${Object.entries(onlyRefuses)
  .map(([id, reason]) => `- \`${id}\`: ${reason}`)
  .join('\n')}

**Evidence** is how we know that Cloudflare answers this way:

${gradesList}

**Operation** is our name for an operation that is built (also the site at which a fault can be set), and Cloudflare's
name for one that is not.

## Under \`/access/\` (${underAccess.length})

${operationTable(underAccess)}

## Outside \`/access/\`

What goes with Access: accounts, zones, verifying an API token.

${operationTable(outside)}

## Not in the official document

Newer than the document, or outside the part of it that the answers are checked against.

${operationTable(all.filter(({ isOfficial }) => !isOfficial))}
`
}

function behavioursPage(): string {
  const all: readonly (readonly [string, Behaviour])[] = Object.entries(behaviours)
  const rowOf = ([name, { about, values, in: choices, source }]: (typeof all)[number]) => [
    code(name),
    about,
    values.map((value) => code(String(value))).join(', '),
    ...profiles.map((profile) => {
      const { value, evidence } = choices[profile]
      return `${code(String(value))} (${evidence})`
    }),
    sourceLinks(source, 'evidence/'),
  ]
  return `${generated}

# Behaviours

A profile is a table of named behaviours. \`expected\` (the default) is what the support ticket behind this project
expects. \`observed\` is real Cloudflare for organizations created before 2026-10-05, \`strict\` for those created since.
Each behaviour can be changed individually: with \`--set NAME=VALUE\`, \`PUT /__access/behaviours\`, or \`behaviours\` in
code.

The word in brackets says how we know:

${gradesList}

**Source** links to the [evidence register](evidence/README.md): what was seen, and where.

${table(['Behaviour', 'What it decides', 'Takes', ...profiles.map(code), 'Source'], all.map(rowOf))}
`
}
