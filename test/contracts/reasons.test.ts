/** The closed list of reasons: the code uses each of them, and no other compiles. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import * as answers from '../../contracts/reasons/answers.ts'
import { connectionReasons } from '../../contracts/reasons/connections.ts'
import * as credentials from '../../contracts/reasons/credentials.ts'
import * as decision from '../../contracts/reasons/decision.ts'
import { grantReasons, oauthReasons } from '../../contracts/reasons/oauth.ts'
import { originReasons } from '../../contracts/reasons/origins.ts'
import { type Reason, type ReasonRow, reasons } from '../../contracts/reasons/table.ts'
import { no } from '../../emulator/access/findings.ts'
import { deny } from '../../emulator/access/verdict.ts'
import { because } from '../../emulator/http/reply.ts'
import { originFailures } from '../../emulator/network/origin/failures.ts'
import { createState } from '../../emulator/state/state.ts'

const emulator = fileURLToPath(new URL('../../emulator/', import.meta.url))

/** These only read reasons given elsewhere. */
const readers = /^(access\/advice\/|commands\/|control\/why|testing\/)/

/** Every string literal in a folder's sources. */
function stringsIn(folder: string): Set<string> {
  const found = new Set<string>()
  const visit = (node: ts.Node) => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.add(node.text)
    ts.forEachChild(node, visit)
  }
  const names = readdirSync(join(emulator, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => name.endsWith('.ts') && !readers.test(name))
  for (const name of names) {
    const text = readFileSync(join(emulator, name), 'utf8')
    visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest))
  }
  return found
}

const unionOf = (...sets: ReadonlySet<string>[]) => new Set(sets.flatMap((set) => [...set]))
const ofDecisions = unionOf(stringsIn('access'), stringsIn('account'), stringsIn('edge/login'))
const ofAnswers = unionOf(stringsIn('edge'), stringsIn('http'), stringsIn('control'))
const atCallbacks = [...stringsIn('edge/oauth')].map((error) => `oauth_${error}`)

/** Each group, with the strings of the code that should give its reasons. */
const groups: readonly (readonly [string, Readonly<Record<string, ReasonRow>>, Set<string>])[] = [
  ['rules', decision.ruleReasons, unionOf(ofDecisions, stringsIn('crypto/mtls'))],
  ['policies', decision.policyReasons, ofDecisions],
  ['verdicts', decision.denyReasons, ofDecisions],
  ['unusable service tokens', credentials.unusablePairReasons, ofDecisions],
  ['service tokens', credentials.pairReasons, ofDecisions],
  ['application tokens', credentials.tokenReasons, ofDecisions],
  ['One-time PINs', credentials.pinReasons, ofDecisions],
  ['the API', answers.apiReasons, unionOf(stringsIn('api'), stringsIn('account'))],
  ['hosts', answers.hostReasons, ofAnswers],
  ['paths of Access', answers.accessPathReasons, ofAnswers],
  ['cloudflared', answers.cloudflaredReasons, ofAnswers],
  ['OAuth', oauthReasons, unionOf(ofAnswers, new Set(atCallbacks))],
  ['grants of OAuth', grantReasons, stringsIn('edge/oauth')],
  ['connections', connectionReasons, stringsIn('network')],
  [
    'origins',
    originReasons,
    new Set(Object.keys(originFailures).map((failure) => `origin_${failure}`)),
  ],
]

test('the list is the union of the groups, without duplicates', () => {
  const names = groups.flatMap(([, group]) => Object.keys(group))
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  expect(names.toSorted()).toEqual(Object.keys(reasons).toSorted())
})

test.each(groups)('code gives each reason of %s', (_, group, given) => {
  expect(Object.keys(group).filter((name) => !given.has(name))).toEqual([])
})

test('each reads as a sentence without its full stop, and each fix completes one', () => {
  const rows = Object.entries<ReasonRow>(reasons)
  // The name of a parameter stays as it is sent.
  const isSentence = ({ text }: ReasonRow) => /^([A-Z{`]|[a-z]+_[a-z_]+ ).*[^.]$/.test(text)
  const isOrder = ({ fix }: ReasonRow) => fix === undefined || /^[a-z].*[^.]$/.test(fix)
  const odd = rows.filter(([, row]) => !isSentence(row) || !isOrder(row))
  expect(odd).toEqual([])
})

describe('nothing outside the list compiles', () => {
  test('as the reason of a rule, a verdict or an answer', () => {
    // @ts-expect-error
    expect(no('email_difers').reason).not.toSatisfy(isReason)
    // @ts-expect-error
    expect(deny([], 'not_authorised').reason).not.toSatisfy(isReason)
    const empty = { status: 404, headers: {}, body: '' }
    // @ts-expect-error
    expect(because(empty, 'path_unknwon').because?.reason).not.toSatisfy(isReason)
  })

  test('as the reason of another kind', () => {
    // @ts-expect-error
    expect(no('not_authorized').reason).toSatisfy(isReason)
    // @ts-expect-error
    expect(deny([], 'email_differs').reason).toSatisfy(isReason)
  })
})

test('the index of a table that is misspelt, or of another table, does not compile', () => {
  const { applications, service_tokens, tags } = createState().tables
  expect(applications.by('aud', 'x')).toEqual([])
  // @ts-expect-error
  expect(applications.by('adu', 'x')).toEqual([])
  // @ts-expect-error
  expect(service_tokens.by('aud', 'x')).toEqual([])
  // @ts-expect-error
  expect(tags.by('name', 'x')).toEqual([])
})

function isReason(text: string): text is Reason {
  return Object.hasOwn(reasons, text)
}
