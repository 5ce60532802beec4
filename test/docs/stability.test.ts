/** docs/stability.md lists every entry, command, flag and variable that there is, and none that is not. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { run } from '../../client/commands/program.ts'
import { variables } from '../../client/transport/environment.ts'
import { behavioursCommand } from '../../emulator/commands/behaviours.ts'
import { caCommand } from '../../emulator/commands/ca.ts'
import { doctorCommand } from '../../emulator/commands/doctor.ts'
import { envCommand } from '../../emulator/commands/env.ts'
import { modesCommand } from '../../emulator/commands/modes.ts'
import { phoneCommand } from '../../emulator/commands/phone.ts'
import { recordCommand } from '../../emulator/commands/record.ts'
import { runCommand } from '../../emulator/commands/run.ts'
import { startCommand } from '../../emulator/commands/start.ts'
import { summaryCommand } from '../../emulator/commands/summary.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const page = read('docs/stability.md')
const manifest = z
  .object({
    name: z.string(),
    version: z.string(),
    bin: z.record(z.string(), z.string()),
    exports: z.record(z.string(), z.unknown()),
  })
  .parse(JSON.parse(read('package.json')))

/** The cells in backticks of the first column, each with those of the second. */
function rows(first: RegExp): Map<string, string[]> {
  const names = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
  const found = page.split('\n').flatMap((line) => {
    const [, head, tail] = /^\| ([^|]+) \| ([^|]*)\|$/.exec(line) ?? []
    const [name] = names(head)
    return name !== undefined && first.test(name) ? [[name, names(tail)] as const] : []
  })
  return new Map(found)
}

const emulatorCommands: readonly Command[] = [
  startCommand(),
  runCommand(''),
  summaryCommand(),
  recordCommand(''),
  envCommand(''),
  caCommand(),
  phoneCommand(),
  doctorCommand(),
  modesCommand(),
  behavioursCommand(),
]

/** What `--help` prints. */
async function helpOf(...words: string[]): Promise<string> {
  let text = ''
  const out = (part: string | Uint8Array) => {
    text += String(part)
  }
  await run([...words, '--help'], { env: {}, out, err: out })
  return text
}

const flagsIn = (help: string) =>
  [...help.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, flag = '']) => flag)
const commandsIn = (help: string) =>
  [...(help.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}([\w-]+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help')

describe('docs/stability.md', () => {
  test('has the entries of package.json', () => {
    const expected = Object.keys(manifest.exports).map((each) => each.replace('.', manifest.name))
    expect([...rows(/^cloudflare-access-emulator(\/|$)/).keys()].sort()).toEqual(expected.sort())
  })

  test('names its commands', () => {
    for (const command of Object.keys(manifest.bin)) expect(page).toContain(`\`${command}\``)
  })

  test('has each command of access-emulator, and all its flags', () => {
    const listed = rows(/^access-emulator /)
    const names = emulatorCommands.map((command) => `access-emulator ${command.name()}`)
    expect([...listed.keys()]).toEqual(names)
    // Those that this file forgot.
    const dispatched = [...read('emulator/commands/cli.ts').matchAll(/^ {2}(\w+): async \(\) =>/gm)]
    expect(names).toEqual(dispatched.map(([, name]) => `access-emulator ${name}`))
    for (const command of emulatorCommands) {
      const flags = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long)
      expect([...(listed.get(`access-emulator ${command.name()}`) ?? [])].sort()).toEqual(
        flags.sort(),
      )
    }
  })

  test('has each command of access-client, and all its flags', async () => {
    const listed = rows(/^access-client /)
    const names = commandsIn(await helpOf())
    const below = commandsIn(await helpOf('conform')).map((name) => `conform ${name}`)
    expect([...listed.keys()].sort()).toEqual(
      [...names, ...below].map((name) => `access-client ${name}`).sort(),
    )
    for (const name of [...names, ...below]) {
      const flags = flagsIn(await helpOf(...name.split(' '))).filter((flag) => flag !== '--help')
      expect([name, listed.get(`access-client ${name}`)]).toEqual([name, flags])
    }
  })

  test('says how variables are named, and each that the client reads', () => {
    for (const command of emulatorCommands) {
      for (const { long = '', envVar } of command.options) {
        if (envVar === undefined) continue
        const name = long.slice(2).replaceAll('-', '_').toUpperCase()
        expect(envVar).toBe(`ACCESS_EMULATOR_${name}`)
      }
    }
    for (const name of Object.values(variables)) expect(page).toContain(`\`${name}\``)
  })

  test('has the members of the ready line', () => {
    const [, source = ''] =
      /function readiness[\s\S]*?return \{([\s\S]*?)\n {2}\}/.exec(
        read('emulator/commands/start.ts'),
      ) ?? []
    const members = [...source.matchAll(/^ {4}(\w+)/gm)].map(([, name = '']) => name)
    expect(members.length).toBeGreaterThan(4)
    const paragraph =
      page.split('\n\n').find((each) => each.startsWith('**The ready line.**')) ?? ''
    for (const member of members) expect(paragraph).toContain(`\`${member}\``)
  })
})

describe('CHANGELOG.md', () => {
  const text = read('CHANGELOG.md')
  const kinds = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']

  test('has a section for what is coming, and kinds of changes alone', () => {
    expect(text).toMatch(/^## \[Unreleased\]$/m)
    const found = [...text.matchAll(/^### (.+)$/gm)].map(([, kind = '']) => kind)
    expect(found.filter((kind) => !kinds.includes(kind))).toEqual([])
  })

  test('leads to pages that are there', () => {
    for (const [, link = ''] of text.matchAll(/\]\((?!http)([^)#]+)/g)) read(link)
  })
})
