/** The architecture rules, checked against the sources; each rule is shown to catch a violation. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { control } from '../contracts/control/endpoints.ts'
import type { Endpoint } from '../contracts/declaration/endpoint.ts'
import { transferService } from '../contracts/edge/cloudflared.ts'
import { edge } from '../contracts/edge/endpoints.ts'
import { evidenceGrades } from '../contracts/evidence/evidence.ts'
import { operations } from '../contracts/index.ts'
import { circles, type Source, violations } from './support/house-rules.ts'
import { planOf } from './support/rooms.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

function sources(): Source[] {
  return ['contracts', 'emulator', 'client'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name.replaceAll(sep, '/')}`)
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
  )
}

test('every source file keeps the rules of the house', () => {
  const broken = sources().flatMap((source) =>
    violations(source).map((violation) => `${source.path} ${violation}`),
  )
  expect(broken).toEqual([])
})

/** The API's shape and the emulator's object; what a command of either side is given. */
const sharedTypeNames = ['Account', 'Environment']

test('a type name means one thing: it is declared in one file', () => {
  const files = new Map<string, string[]>()
  for (const { path, text } of sources()) {
    for (const [, name = ''] of text.matchAll(/^(?:export )?(?:interface|type|class) (\w+)/gm)) {
      files.set(name, [...(files.get(name) ?? []), path])
    }
  }
  const twice = [...files]
    .filter(([name, paths]) => paths.length > 1 && !sharedTypeNames.includes(name))
    .map(([name, paths]) => `${name}: ${paths.join(', ')}`)
  expect(twice).toEqual([])
})

describe('imports run in no circle', () => {
  test('in the sources, nor do those of types', () => {
    expect(circles(sources())).toEqual([])
  })

  test.each([
    [["import './b.ts'", "import './a.ts'"], ['client/a.ts → client/b.ts → client/a.ts']],
    [
      [
        "import type { B } from './b.ts'",
        "import { c } from './c.ts'",
        "export { a } from './a.ts'",
      ],
      ['client/a.ts → client/b.ts → client/c.ts → client/a.ts'],
    ],
    [["import './b.ts'\nimport './c.ts'", "import './c.ts'", "import 'node:fs'"], []],
  ])('%j', (texts, found) => {
    const files = texts.map((text, index) => ({ path: `client/${'abc'[index]}.ts`, text }))
    expect(circles(files)).toEqual(found)
  })
})

describe('the rooms', () => {
  const all = sources()

  test.each(['emulator', 'contracts', 'client'])('of %s import one way only', (part) => {
    expect(planOf(part, all).back).toEqual([])
  })

  test('leave only the entries of the package loose', () => {
    const loose = all.filter(({ path }) => path.split('/').length === 2).map(({ path }) => path)
    expect(loose.sort()).toEqual([
      'client/index.ts',
      'client/miniflare.ts',
      'contracts/index.ts',
      'emulator/index.ts',
    ])
  })

  test('of a small part: floors, arrows, and the one that runs back up', () => {
    const { rooms, floors, arrows, back, lines } = planOf('client', [
      { path: 'client/index.ts', text: "export { a } from './a/one.ts'\n" },
      {
        path: 'client/a/one.ts',
        text: "import './two.ts'\nimport {\n  b,\n} from '../b/b.ts'\nimport 'node:fs'\n",
      },
      { path: 'client/a/two.ts', text: "const b = await import(\n  '../b/b.ts'\n)\n" },
      { path: 'client/b/b.ts', text: "export type A = import('../a/one.ts').A\n" },
      { path: 'emulator/x.ts', text: "import './b/b.ts'\n" },
    ])
    expect({ rooms, floors, lines }).toEqual({
      rooms: ['a', 'b', 'index.ts'],
      floors: [['b'], ['a'], ['index.ts']],
      lines: 10,
    })
    expect(arrows).toEqual([
      { from: 'index.ts', to: 'a', imports: 1 },
      { from: 'a', to: 'b', imports: 2 },
      { from: 'b', to: 'a', imports: 1 },
    ])
    expect(back).toEqual([{ from: 'b', to: 'a', imports: 1 }])
  })
})

describe('the declared operations', () => {
  const all: Endpoint[] = [
    ...new Set([
      ...operations,
      ...Object.values<Endpoint>(edge),
      ...Object.values<Endpoint>(transferService),
      ...Object.values<Endpoint>(control),
    ]),
  ]

  test('have ids of their own', () => {
    const ids = all.map(({ id }) => id)
    expect(ids.length).toBeGreaterThan(0)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  test('are listed in contracts/api/operations.ts, wherever they are declared', () => {
    const list = readFileSync(join(root, 'contracts/api/operations.ts'), 'utf8')
    const forgotten = sources().flatMap(({ path, text }) =>
      [...text.matchAll(/^export const (\w+) = (?:resource|single)\(/gm)]
        .filter(([, name]) => !new RegExp(`^  ${name}: all\\.${name},$`, 'm').test(list))
        .map(([, name]) => `add ${name} of ${path} to contracts/api/declared.ts and operations.ts`),
    )
    expect(forgotten).toEqual([])
  })

  test('have places of their own: no two share scope, method and path', () => {
    const places = all.map(({ scope, method, path }) => `${scope} ${method} ${path}`)
    expect(places.filter((place, index) => places.indexOf(place) !== index)).toEqual([])
  })

  test('say what they do, how we know, and from where', () => {
    const silent = all.filter(
      ({ summary, evidence, source }) =>
        !summary.trim() || source.length === 0 || !evidenceGrades.includes(evidence),
    )
    expect(silent.map(({ id }) => id)).toEqual([])
  })
})

describe('a rule is broken by', () => {
  test.each([
    ['contracts/x.ts', "import express from 'express'", 'imports express'],
    ['contracts/x.ts', "import { readFile } from 'node:fs'", 'imports node:fs'],
    [
      'contracts/api/x.ts',
      "import { now } from '../../emulator/world/world.ts'",
      'imports emulator/world/world.ts',
    ],
    [
      'client/x.ts',
      "import { decide } from '../emulator/access/decide.ts'",
      'imports emulator/access/decide.ts',
    ],
    [
      'client/x.ts',
      "import type { World } from '../emulator/world/world.ts'",
      'imports a type of emulator/world/world.ts',
    ],
    ['client/x.ts', "export { x } from '../emulator/index.ts'", 'imports emulator/index.ts'],
    ['client/x.ts', "const x = await import('express')", 'imports express'],
    ['client/x.ts', 'const x = await import(name)', 'imports a computed name'],
    [
      'emulator/testing/vitest.ts',
      "import { getToken } from '../../client/token/token.ts'",
      'imports client/token/token.ts',
    ],
    [
      'emulator/index.ts',
      "import { getToken } from '../client/token/token.ts'",
      'imports client/token/token.ts',
    ],
    ['emulator/access/x.ts', "import { createHmac } from 'node:crypto'", 'imports node:crypto'],
    [
      'emulator/access/x.ts',
      "import { createWorld } from '../world/world.ts'",
      'imports emulator/world/world.ts',
    ],
    [
      'emulator/access/x.ts',
      "import type { State } from '../state/state.ts'",
      'imports a type of emulator/state/state.ts',
    ],
    ['emulator/state/x.ts', "import express from 'express'", 'imports express'],
    [
      'emulator/state/x.ts',
      "import { decide } from '../access/decide.ts'",
      'imports emulator/access/decide.ts',
    ],
    [
      'emulator/account/x.ts',
      "import type { Reply } from '../http/reply.ts'",
      'imports a type of emulator/http/reply.ts',
    ],
    [
      'emulator/http/x.ts',
      "import { createState } from '../state/state.ts'",
      'imports emulator/state/state.ts',
    ],
    [
      'emulator/api/x.ts',
      "import { gate } from '../edge/gate.ts'",
      'imports emulator/edge/gate.ts',
    ],
    [
      'emulator/edge/x.ts',
      "import type { X } from '../control/x.ts'",
      'imports a type of emulator/control/x.ts',
    ],
    [
      'emulator/control/x.ts',
      "import { apps } from '../api/applications.ts'",
      'imports emulator/api/applications.ts',
    ],
    ['emulator/edge/x.ts', "let x: import('../api/x.ts').X", 'imports a type of emulator/api/x.ts'],
    [
      'emulator/edge/x.ts',
      "import { evaluate } from '../account/evaluate.ts'",
      'imports emulator/account/evaluate.ts',
    ],
    [
      'emulator/edge/x.ts',
      "import type { UserRow } from '../state/rows.ts'",
      'imports a type of emulator/state/rows.ts',
    ],
    ['emulator/x.ts', "import * as crypto from '@peculiar/x509'", 'imports @peculiar/x509'],
    ['test/x.ts', "import express from 'express'", 'imports express'],
    ['emulator/edge/x.ts', 'const at = Date.now()', 'reads Date.now'],
    ['emulator/edge/x.ts', 'const at = new Date()', 'reads new Date()'],
    ['emulator/edge/x.ts', 'const at = new Date', 'reads new Date()'],
    ['emulator/edge/x.ts', 'const at = Date()', 'reads new Date()'],
    ['emulator/edge/x.ts', 'const at = performance.now()', 'reads performance.now'],
    ['emulator/edge/x.ts', 'const at = process.hrtime.bigint()', 'reads process.hrtime'],
    ['client/x.ts', 'const x = Math.random()', 'reads Math.random'],
    ['emulator/api/x.ts', 'const id = crypto.randomUUID()', 'reads randomUUID'],
    ['emulator/api/x.ts', 'const id = randomBytes(16)', 'reads randomBytes'],
    ['emulator/api/x.ts', 'crypto.getRandomValues(x)', 'reads getRandomValues'],
    ['emulator/api/x.ts', 'let x: any', 'says any'],
    ['emulator/api/x.ts', 'const x = y as Record<string, any>', 'says any'],
    ['emulator/api/index.ts', "export * from './x.ts'", 'has export *'],
    ['contracts/api/x.ts', "export * as x from './y.ts'", 'has export *'],
    ['contracts/x.ts', 'const x = 1\n'.repeat(251), 'has 251 lines, more than 250'],
  ])('%s with %.60s', (path, text, violation) => {
    expect(violations({ path, text })).toEqual([violation])
  })
})

describe('no rule is broken by', () => {
  test.each([
    ['contracts/x.ts', "import type { z } from 'zod'"],
    ['contracts/index.ts', "export * from './errors.ts'"],
    ['emulator/account/x.ts', "import type { World } from '../world/world.ts'"],
    ['emulator/account/x.ts', "import { type World, type Clock } from '../world/world.ts'"],
    ['emulator/access/x.ts', "import ipaddr from 'ipaddr.js'\nimport { SignJWT } from 'jose'"],
    [
      'emulator/edge/x.ts',
      "// import x from '../api/x.ts'; Date.now() gives any\nconst x = 'Date.now(), any'",
    ],
    ['emulator/edge/x.ts', 'const at = new Date(world.now())'],
    ['emulator/world/world.ts', 'const at = Date.now() + randomBytes(1).length'],
    ['client/transport/clock.ts', 'export const now = () => Date.now()'],
    ['contracts/x.ts', 'const x = 1\n'.repeat(250)],
  ])('%s with %.60s', (path, text) => {
    expect(violations({ path, text })).toEqual([])
  })
})
