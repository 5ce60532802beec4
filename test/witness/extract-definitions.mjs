/**
 * Extracts the calls of the official TypeScript client's own suite, for definitions.test.ts:
 *
 *     node test/witness/extract-definitions.mjs CHECKOUT COMMIT > test/fixtures/official-client-definitions.json
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const [, , checkout = '.', commit = ''] = process.argv
const suite = join(checkout, 'tests/api-resources')
const wanted =
  /^zero-trust\/(access|identity-providers|organizations)\/|^zero-trust\/seats|^memberships|^user\/user\.test/
/** What is not of Access: changing the user, and single memberships. */
const unwanted = /^(user\.edit|memberships\.(get|update|delete))$/

const files = readdirSync(suite, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.test.ts') && wanted.test(name))
  .sort()

/** The value of a literal expression. */
function literal(node) {
  if (ts.isObjectLiteralExpression(node)) {
    return Object.fromEntries(
      node.properties.map((one) => [one.name.text, literal(one.initializer)]),
    )
  }
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(literal)
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isNumericLiteral(node)) return Number(node.text)
  if (ts.isPrefixUnaryExpression(node)) return -literal(node.operand)
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false
  if (node.kind === ts.SyntaxKind.NullKeyword) return null
  throw new Error(`not a literal: ${node.getText()}`)
}

/** `['zeroTrust', 'seats', 'edit']` for `client.zeroTrust.seats.edit`. */
function pathOf(node) {
  if (ts.isIdentifier(node)) return node.text === 'client' ? [] : undefined
  if (!ts.isPropertyAccessExpression(node)) return undefined
  const before = pathOf(node.expression)
  return before && [...before, node.name.text]
}

const definitions = files.flatMap((name) => {
  const path = join(suite, name)
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const found = []
  const visit = (node, test) => {
    if (ts.isCallExpression(node)) {
      const callee = node.expression.getText()
      if (callee === 'test' || callee === 'test.skip') {
        const inner = { test: node.arguments[0].text, isSkipped: callee === 'test.skip' }
        ts.forEachChild(node, (child) => visit(child, inner))
        return
      }
      const at = pathOf(node.expression)
      if (test !== undefined && at?.length > 1 && !unwanted.test(at.join('.'))) {
        found.push({ file: name, ...test, at, args: node.arguments.map(literal) })
        return
      }
    }
    ts.forEachChild(node, (child) => visit(child, test))
  }
  visit(source, undefined)
  return found
})

const from = `cloudflare/cloudflare-typescript, tests/api-resources, commit ${commit} (Apache-2.0)`
console.log(JSON.stringify({ from, definitions }, null, 1))
