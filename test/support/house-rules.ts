/** The architecture rules for one source file: imports, sources of time and entropy, size and form. */
import { posix } from 'node:path'
import ts from 'typescript'

export interface Source {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
}

interface Import {
  /** A path from the root of the repository, or the name of a package (`jose`, `node:crypto`). */
  readonly target: string
  readonly typeOnly: boolean
}

interface Row {
  /** The first row whose folder or file the path begins with applies. */
  readonly of: string
  /** Folders and files of ours, and packages. */
  readonly may: readonly string[]
  /** Of these only types. */
  readonly mayType?: readonly string[]
}

const world = ['emulator/world/']
const stores = ['emulator/access/', 'emulator/state/', 'emulator/account/', 'emulator/http/']
/** What every room may use of the world: ids, comparisons of secrets, the version, the error of a wrong option. */
const small = [
  'emulator/world/ids.ts',
  'emulator/world/secrets.ts',
  'emulator/world/version.ts',
  'emulator/world/option-problem.ts',
  'emulator/world/error-code.ts',
  'emulator/world/shell-quote.ts',
]

function surface(name: string, ...more: readonly string[]): Row {
  return {
    of: `emulator/${name}/`,
    may: ['contracts/', ...stores, ...small, `emulator/${name}/`, 'node:', ...more],
    mayType: world,
  }
}

/**
 * zod → contracts → { emulator, client }; { world, access } → state → account → http → { api, control, network } → { edge, seeds } →
 * recordings → instance → { commands, testing, index.ts }.
 */
export const allowed: readonly Row[] = [
  { of: 'contracts/', may: ['contracts/', 'zod'] },
  { of: 'client/transport/version.ts', may: ['package.json'] },
  {
    of: 'client/',
    may: [
      'contracts/',
      'client/',
      'jose',
      'zod',
      'undici',
      'ws',
      'commander',
      'yaml',
      'fflate',
      'oauth4webapi',
      'tweetnacl',
      'node:',
    ],
  },
  { of: 'emulator/world/version.ts', may: ['package.json'] },
  {
    of: 'emulator/world/',
    may: ['emulator/world/', 'contracts/declaration/endpoint.ts', 'node:'],
    mayType: ['contracts/edge/claims.ts'],
  },
  { of: 'emulator/access/', may: ['contracts/', 'emulator/access/', 'jose', 'ipaddr.js'] },
  {
    of: 'emulator/state/',
    // Of access only the key under which a host finds its application: the index and the look-up must agree.
    may: [
      'contracts/',
      'emulator/state/',
      'emulator/access/hosts.ts',
      'emulator/access/workers.ts',
      ...small,
      'pg',
      'node:',
    ],
    mayType: world,
  },
  {
    of: 'emulator/account/',
    may: ['contracts/', 'emulator/access/', 'emulator/state/', 'emulator/account/', ...small],
    mayType: world,
  },
  { of: 'emulator/http/liquid/', may: ['emulator/http/liquid/', 'liquidjs'] },
  {
    of: 'emulator/http/',
    may: [
      'contracts/',
      'emulator/http/',
      'emulator/account/stored.ts',
      ...small,
      'express',
      'zod',
      'node:',
    ],
    mayType: [...world, 'emulator/account/', 'emulator/state/state.ts'],
  },
  { of: 'emulator/api/mcp/', may: ['contracts/declaration/json.ts', 'contracts/http/loopback.ts'] },
  surface('api', 'zod', 'emulator/crypto/'),
  {
    of: 'emulator/edge/',
    // Of an account what it offers; of its state only what derived values are cached by, and what a write may throw.
    may: [
      'contracts/',
      'emulator/access/',
      'emulator/account/account.ts',
      'emulator/account/accounts.ts',
      'emulator/state/log.ts',
      'emulator/state/per-row.ts',
      'emulator/state/timestamps.ts',
      'emulator/http/',
      ...small,
      'emulator/edge/',
      'emulator/network/origin/',
      'emulator/crypto/',
      'node:',
      'tweetnacl',
    ],
    mayType: world,
  },
  // It runs in a browser.
  { of: 'emulator/control/dashboard/browser/', may: ['idiomorph'] },
  surface('control', 'zod'),
  {
    of: 'emulator/network/origin/',
    may: [
      'contracts/',
      'emulator/network/origin/',
      'emulator/network/endpoint.ts',
      'undici',
      'ws',
      'node:',
    ],
  },
  // It runs inside other programs, so it imports next to nothing of ours.
  {
    of: 'emulator/network/preload/',
    may: ['emulator/network/preload/', 'contracts/http/loopback.ts', 'undici', 'node:'],
  },
  surface(
    'network',
    '@peculiar/x509',
    'reflect-metadata',
    'undici',
    'emulator/crypto/mtls/client.ts',
  ),
  {
    of: 'emulator/crypto/',
    may: [
      'emulator/crypto/',
      'emulator/world/keys.ts',
      '@peculiar/x509',
      'reflect-metadata',
      'node:',
    ],
  },
  // It runs before there is a code cache, which is to spare a start the rest.
  { of: 'emulator/commands/boot/', may: ['emulator/commands/boot/', 'node:'] },
  composing('seeds', [...stores, 'emulator/api/'], 'yaml', 'zod'),
  composing(
    'recordings',
    [
      ...stores,
      'emulator/api/',
      'emulator/network/',
      'emulator/edge/access-paths.ts',
      'emulator/seeds/',
    ],
    'zod',
  ),
  composing(
    'instance',
    [
      ...stores,
      'emulator/api/',
      'emulator/control/',
      'emulator/edge/',
      'emulator/network/',
      'emulator/seeds/',
      'emulator/recordings/',
    ],
    'prom-client',
  ),
  composing(
    'testing',
    ['emulator/instance/', 'emulator/control/', 'emulator/network/', 'emulator/seeds/'],
    'vitest',
    '@playwright/test',
  ),
  {
    of: 'emulator/',
    may: ['contracts/', 'emulator/', 'zod', 'commander', 'pino', 'uqr', 'node:'],
  },
]

/** What puts the parts together. */
function composing(name: string, rooms: readonly string[], ...packages: string[]): Row {
  return {
    of: `emulator/${name}/`,
    may: ['contracts/', 'emulator/world/', ...rooms, `emulator/${name}/`, 'node:', ...packages],
  }
}

const mayReadTheClock = ['emulator/world/world.ts', 'client/transport/clock.ts']
const mayExportAll = [
  'contracts/index.ts',
  'emulator/index.ts',
  'client/index.ts',
  'emulator/testing/vitest.ts',
]
const mostLines = 250
const generatedFiles = ['contracts/evidence/sources.ts']

/** Members that are a source of time or entropy, by the object that has them. */
const worldly: Readonly<Record<string, readonly string[]>> = {
  Date: ['now'],
  performance: ['now'],
  process: ['hrtime'],
  Math: ['random'],
}
/** Names that are a source of entropy, whatever they are a member of. */
const random = ['randomUUID', 'randomBytes', 'randomInt', 'randomFill', 'getRandomValues']

/** The file's violations, one sentence each. */
export function violations(source: Source): string[] {
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest)
  const found: string[] = []

  const lines = source.text.trimEnd().split('\n').length
  const isGenerated = generatedFiles.includes(source.path)
  if (lines > mostLines && !isGenerated) found.push(`has ${lines} lines, more than ${mostLines}`)

  function visit(node: ts.Node): void {
    const imported = importOf(node, source.path)
    if (imported && !isAllowed(source.path, imported)) {
      found.push(`imports ${imported.typeOnly ? 'a type of ' : ''}${imported.target}`)
    }
    const word = worldlyWord(node)
    if (word && !mayReadTheClock.includes(source.path)) found.push(`reads ${word}`)
    if (node.kind === ts.SyntaxKind.AnyKeyword) found.push('says any')
    if (isExportAll(node) && !mayExportAll.includes(source.path)) found.push('has export *')
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** Import cycles, including type imports: each once, from its first file back to it. */
export function circles(sources: readonly Source[]): string[] {
  const importsOf = new Map(sources.map((source) => [source.path, targetsOf(source)]))
  const done = new Set<string>()
  const found: string[] = []
  const walk = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path)
    if (start >= 0) found.push([...way.slice(start), path].join(' → '))
    if (start >= 0 || done.has(path)) return
    for (const target of importsOf.get(path) ?? []) walk(target, [...way, path])
    done.add(path)
  }
  for (const path of importsOf.keys()) walk(path, [])
  return found
}

function targetsOf({ path, text }: Source): string[] {
  const targets = new Set<string>()
  const visit = (node: ts.Node): void => {
    const target = importOf(node, path)?.target
    if (target !== undefined) targets.add(target)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest))
  return [...targets]
}

function isAllowed(path: string, { target, typeOnly }: Import): boolean {
  const row = allowed.find(({ of }) => path.startsWith(of))
  if (row === undefined) return false
  const targets = typeOnly ? [...row.may, ...(row.mayType ?? [])] : row.may
  return targets.some((may) => (/[/:]$/.test(may) ? target.startsWith(may) : target === may))
}

function importOf(node: ts.Node, path: string): Import | undefined {
  if (ts.isImportDeclaration(node)) {
    return imported(node.moduleSpecifier, path, isTypeImport(node.importClause))
  }
  if (ts.isExportDeclaration(node)) {
    const bindings = node.exportClause
    const named = bindings && ts.isNamedExports(bindings) ? bindings.elements : []
    const onlyTypes = named.length > 0 && named.every((element) => element.isTypeOnly)
    return imported(node.moduleSpecifier, path, node.isTypeOnly || onlyTypes)
  }
  if (ts.isImportTypeNode(node)) {
    const { argument } = node
    return imported(ts.isLiteralTypeNode(argument) ? argument.literal : undefined, path, true)
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return (
      imported(node.arguments[0], path, false) ?? { target: 'a computed name', typeOnly: false }
    )
  }
  return undefined
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const bindings = clause.namedBindings
  if (clause.name || !bindings || !ts.isNamedImports(bindings)) return false
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly)
}

function imported(name: ts.Node | undefined, path: string, typeOnly: boolean): Import | undefined {
  if (name === undefined || !ts.isStringLiteralLike(name)) return undefined
  const target = name.text.startsWith('.')
    ? posix.join(posix.dirname(path), name.text)
    : packageOf(name.text)
  return { target, typeOnly }
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

function worldlyWord(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const members = worldly[node.expression.text]
    if (members?.includes(node.name.text)) return `${node.expression.text}.${node.name.text}`
  }
  if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
    const { expression } = node
    const isDate = ts.isIdentifier(expression) && expression.text === 'Date'
    if (isDate && (ts.isCallExpression(node) || !node.arguments?.length)) return 'new Date()'
  }
  if (ts.isIdentifier(node) && random.includes(node.text)) return node.text
  return undefined
}

function isExportAll(node: ts.Node): boolean {
  return (
    ts.isExportDeclaration(node) &&
    (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause))
  )
}
