/**
 * Proposes deliberate faults, spread over all rooms of the source in proportion to their lines:
 *
 *     node test/faults/propose.mjs --count 80 --seed 7 > test/faults/faults.json
 *
 * A fault is one edit that still parses: an operator turned, a check dropped, a header or a member left out, a flag turned. The
 * same seed and the same sources give the same list.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import ts from 'typescript'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({
  options: { count: { type: 'string', default: '80' }, seed: { type: 'string', default: '7' } },
})

const isGenerated = (text) => /Generated (from|by) .*Do not edit/.test(text.slice(0, 300))
const turned = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
  [ts.SyntaxKind.LessThanToken, '>='],
  [ts.SyntaxKind.GreaterThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '>'],
  [ts.SyntaxKind.GreaterThanEqualsToken, '<'],
])

/** The edit that a node offers, if it offers one: from where to where, what stands there instead, and of which kind it is. */
function editOf(node, file) {
  if (ts.isBinaryExpression(node) && turned.has(node.operatorToken.kind)) {
    const { operatorToken: token } = node
    return [token.getStart(file), token.end, turned.get(token.kind), 'an operator turned']
  }
  const leaves = (then) =>
    ts.isReturnStatement(then) || ts.isThrowStatement(then) || ts.isContinueStatement(then)
  if (ts.isIfStatement(node) && !node.elseStatement && leaves(node.thenStatement)) {
    return [node.expression.getStart(file), node.expression.end, 'false', 'a check dropped']
  }
  const isHeader =
    ts.isPropertyAssignment(node) &&
    ts.isStringLiteral(node.name) &&
    /^[a-z]+(-[a-z]+)+$/.test(node.name.text) &&
    !ts.isObjectLiteralExpression(node.initializer)
  if (isHeader) {
    const end = file.text[node.end] === ',' ? node.end + 1 : node.end
    return [node.getStart(file), end, '', 'a header left out']
  }
  const flags = [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword]
  if (ts.isReturnStatement(node) && node.expression && flags.includes(node.expression.kind)) {
    const { expression } = node
    const other = expression.kind === ts.SyntaxKind.TrueKeyword ? 'false' : 'true'
    return [expression.getStart(file), expression.end, other, 'an answer turned']
  }
  return undefined
}

function faultsOf(path) {
  const text = readFileSync(join(root, path), 'utf8')
  if (isGenerated(text)) return []
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found = []
  const visit = (node) => {
    const edit = editOf(node, file)
    if (edit !== undefined) {
      const [start, end, replacement, kind] = edit
      // Whole lines: whoever reads the list sees the code, and the runner finds the place again.
      const from = text.lastIndexOf('\n', start) + 1
      const to = text.indexOf('\n', end)
      const before = text.slice(from, to)
      if (text.split(before).length === 2) {
        const after = text.slice(from, start) + replacement + text.slice(end, to)
        found.push({ file: path, kind, before, after })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

const sources = ['contracts', 'emulator', 'client'].flatMap((part) =>
  readdirSync(join(root, part), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('browser'))
    .map((name) => `${part}/${name.replaceAll(sep, '/')}`),
)
const roomOf = (path) => path.split('/').slice(0, 2).join('/')
const rank = ({ file, before, after }) =>
  createHash('sha256').update(`${values.seed} ${file} ${before} ${after}`).digest('hex')

const byRoom = groups(sources)
function groups(paths) {
  const map = new Map()
  for (const path of paths) map.set(roomOf(path), [...(map.get(roomOf(path)) ?? []), path])
  return map
}
const rooms = [...byRoom]
  .map(([room, paths]) => ({
    room,
    faults: paths.flatMap(faultsOf).sort((a, b) => (rank(a) < rank(b) ? -1 : 1)),
  }))
  .filter(({ faults }) => faults.length > 0)
const all = rooms.reduce((sum, { faults }) => sum + faults.length, 0)
const chosen = rooms.flatMap(({ faults }) => {
  const share = Math.max(1, Math.round((faults.length / all) * Number(values.count)))
  // No two of one file, as far as there are others.
  const files = new Set()
  const spread = faults.filter(({ file }) => !files.has(file) && files.add(file))
  return [...spread, ...faults.filter((fault) => !spread.includes(fault))].slice(0, share)
})
process.stdout.write(`${JSON.stringify(chosen, null, 2)}\n`)
