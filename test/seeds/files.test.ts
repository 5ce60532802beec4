/** Seed files in YAML and JSON: valid ones, and invalid ones with errors that point to the place. */
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'
import { OptionProblem } from '../../emulator/world/option-problem.ts'
import { runCommand, startCommand } from '../support/command.ts'

const everyKind = fileURLToPath(new URL('every-kind.yaml', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'access-emulator-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const open: Emulator[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((emulator) => emulator.close()))
})

async function started(seed: EmulatorOptions['seed']): Promise<Emulator> {
  const emulator = await createEmulator({
    seed,
    at: '2026-01-01T00:00:00Z',
    entropy: 'e',
  } as EmulatorOptions)
  open.push(emulator)
  return emulator
}

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

/** The error for an invalid seed, one line. */
async function problemOf(seed: EmulatorOptions['seed']): Promise<string> {
  const error: unknown = await started(seed).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(OptionProblem)
  const { message } = error as OptionProblem
  expect(message).not.toContain('\n')
  return message
}

describe('A seed file with every kind of object', () => {
  test('becomes all of them, names made into ids', async () => {
    const emulator = await started(everyKind)
    const state = await emulator.control.getState()
    const counts = Object.entries(state).map(([name, rows]) => [name, rows.length])
    expect(Object.fromEntries(counts)).toMatchObject({
      applications: 2,
      policies: 3,
      groups: 2,
      identity_providers: 2,
      service_tokens: 3,
      organization: 1,
      tags: 1,
      keyring: 1,
    })
    const [account, second] = emulator.accounts()
    expect(account).toMatchObject({
      id: '0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a',
      api_token: 'orchard-api-token-not-a-secret',
      auth_domain: 'orchard.cloudflareaccess.com',
      zones: [{ id: '0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b' }, { name: 'cellar.example' }],
      applications: [
        { name: 'Press', domain: 'press.orchard.example' },
        { name: 'Cellar', domain: 'cellar.example/vault' },
      ],
    })
    expect(second).toMatchObject({ name: 'Meadow', zones: [], applications: [] })
  })

  test.each([
    ['picker', 'the group of the reusable policy'],
    ['hexadecimal', 'the reusable policy itself'],
  ])('admits %s through %s', async (name) => {
    const emulator = await started(everyKind)
    const pair = emulator.account.service_tokens.find((token) => token.name === name)
    for (const url of ['https://press.orchard.example/', 'https://cellar.example/vault/1']) {
      const answer = await emulator.fetch(url, {
        headers: {
          'CF-Access-Client-Id': pair?.client_id ?? '',
          'CF-Access-Client-Secret': pair?.client_secret ?? '',
        },
      })
      expect(answer.status).toBe(200)
    }
  })

  test('is the same in JSON, tabs and all, and as data', async () => {
    const data = parse(await readFile(everyKind, 'utf8'), { merge: true })
    const json = await fileOf('every-kind.json', JSON.stringify(data, undefined, '\t'))
    const fromYaml = await (await started(everyKind)).control.getState()
    expect(await (await started(json)).control.getState()).toEqual(fromYaml)
    expect(await (await started(data)).control.getState()).toEqual(fromYaml)
  })

  test('serves through the command line, under its own name', async () => {
    const running = await startCommand(['--seed', everyKind])
    expect(running.ready).toMatchObject({
      account_id: '0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a',
      api_token: 'orchard-api-token-not-a-secret',
      seed: everyKind,
    })
    expect(await running.stop()).toBe(0)
  })
})

/** An account with one more block of lines, which begins on line 6. */
const orchard = (lines: string) => `accounts:
  - name: Orchard
    zones: [{ name: orchard.example }]
    organization: { name: Orchard, auth_domain: orchard.cloudflareaccess.com }
    service_tokens: [{ name: picker }]
${lines}
`

const wrong: readonly (readonly [title: string, text: string, place: string, says: RegExp])[] = [
  ['is no YAML', 'accounts: [', '1:12', /not valid YAML or JSON: .*\.$/],
  [
    'has a key twice',
    'accounts: []\naccounts: []\n',
    '2:1',
    /not valid YAML or JSON: Map keys must/,
  ],
  ['names an anchor that is not there', 'accounts: *gone\n', '1:1', /not valid YAML or JSON: /],
  ['is empty', '', '1:1', /expected object/],
  [
    'has a field that does not exist',
    orchard('    tag: []'),
    '6:5',
    /accounts\.0\.tag: there is no such field/,
  ],
  ['lacks a name', 'accounts:\n  - zones: []\n', '2:5', /accounts\.0\.name: /],
  ['has a value of the wrong kind', orchard('    email: 5'), '6:5', /accounts\.0\.email: .*string/],
  [
    'has a wrong client id',
    orchard('    groups: []').replace('{ name: picker }', '{ name: picker, client_id: short }'),
    '5:38',
    /accounts\.0\.service_tokens\.0\.client_id: /,
  ],
  [
    'has a policy with a decision that does not exist',
    orchard(`    applications:
      - type: self_hosted
        name: Press
        domain: press.orchard.example
        policies:
          - name: p
            decision: admit
            include: []`),
    '12:13',
    /applications\.0\.policies\.0\.decision: /,
  ],
  [
    'links a policy by name with a field too many',
    orchard(`    applications:
      - type: self_hosted
        name: Press
        domain: press.orchard.example
        policies:
          - policy: p
            order: 1`),
    '12:13',
    /applications\.0\.policies\.0\.order: there is no such field/,
  ],
  [
    'names a service token that is not there',
    orchard(`    groups:
      - name: g
        include:
          - service_token: { name: picker }
          - service_token:
              name: pcker`),
    '11:15',
    /groups\.0\.include\.1\.service_token\.name: there is no service token named "pcker" above/,
  ],
  [
    'names one of two',
    orchard(`    groups:
      - name: g
        include: [{ service_token: { name: picker } }]`).replace(
      '[{ name: picker }]',
      '[{ name: picker }, { name: picker }]',
    ),
    '8:38',
    /there is more than one service token named "picker"/,
  ],
  [
    'links a reusable policy that is not there',
    orchard(`    applications:
      - type: self_hosted
        name: Press
        domain: press.orchard.example
        policies: [{ policy: machines }]`),
    '10:22',
    /policies\.0\.policy: there is no reusable policy named "machines" above/,
  ],
  [
    'has a rule with a selector that does not exist',
    orchard(`    groups:
      - name: g
        include:
          - everybody: {}`),
    '9:13',
    /groups\.0\.include\.0: /,
  ],
  [
    'has two applications on one host',
    orchard(`    applications:
      - type: self_hosted
        name: Press
        domain: press.orchard.example
      - type: self_hosted
        name: Again
        domain: press.orchard.example`),
    '10:9',
    /applications\.1: access\.api\.error\.\w+/,
  ],
  [
    'has a team that another account has',
    orchard(`  - name: Meadow
    organization: { name: M, auth_domain: orchard.cloudflareaccess.com }`),
    '7:5',
    /accounts\.1\.organization: access\.api\.error\.\w+/,
  ],
  [
    'has a zone that another account has',
    orchard('  - name: Meadow\n    zones:\n      - name: Orchard.example'),
    '8:9',
    /accounts\.1\.zones\.0\.name: another account has the zone orchard\.example/,
  ],
  [
    'has an API token that another account has',
    orchard('    api_token: the-same-token\n  - name: Meadow\n    api_token: the-same-token'),
    '8:5',
    /accounts\.1\.api_token: another account has the API token/,
  ],
  [
    'has a client id twice',
    orchard('').replace(
      '[{ name: picker }]',
      `[{ name: a, client_id: ${'0c'.repeat(16)}.access }, { name: b, client_id: ${'0c'.repeat(16)}.access }]`,
    ),
    '5:98',
    /service_tokens\.1\.client_id: another service token has this client id/,
  ],
]

describe('An invalid seed file', () => {
  test.each(wrong)(
    'that %s is reported with file, line and column',
    async (_, text, place, says) => {
      const path = await fileOf('wrong.yaml', text)
      const message = await problemOf(path)
      expect(message).toMatch(says)
      expect(message.slice(0, `${path}:${place}: `.length)).toBe(`${path}:${place}: `)
    },
  )

  test('ends the command with exit code 2 and one line on stderr', async () => {
    const path = await fileOf('unknown-name.yaml', orchard('    colour: red'))
    expect(await runCommand(['start', '--port', '0', '--seed', path])).toEqual({
      code: 2,
      stdout: '',
      stderr: `access-emulator: ${path}:6:5: accounts.0.colour: there is no such field.\n`,
    })
  })

  test('in JSON is reported with line and column too', async () => {
    const path = await fileOf('wrong.json', '{\n  "accounts": [\n    { "name": 7 }\n  ]\n}\n')
    expect(await problemOf(path)).toMatch(`${path}:3:7: accounts.0.name: `)
  })
})

describe('Data that is not a seed', () => {
  const account = { name: 'Orchard', zones: [{ name: 'orchard.example' }] }
  test.each([
    ['does not fit', { ...account, colour: 'red' }, 'accounts.0.colour: there is no such field'],
    [
      'is refused by the API',
      {
        ...account,
        organization: { name: 'O', auth_domain: 'o.cloudflareaccess.com' },
        applications: [{ type: 'self_hosted', name: 'A' }],
      },
      'accounts.0.applications.0: access.api.error.',
    ],
    [
      'names what is not there',
      {
        ...account,
        organization: { name: 'O', auth_domain: 'o.cloudflareaccess.com' },
        groups: [{ name: 'g', include: [{ group: { name: 'h' } }] }],
      },
      'accounts.0.groups.0.include.0.group.name: there is no group named "h" above',
    ],
  ])('that %s is reported with the path', async (_, data, says) => {
    const message = await problemOf({ accounts: [data] } as EmulatorOptions['seed'])
    expect(message.startsWith(`The seed is not valid: ${says}`)).toBe(true)
  })

  test('nor a file is reported with the available names', async () => {
    expect(await problemOf('exmaple')).toBe(
      '"exmaple" is neither a named seed (example, ticket, empty) nor a readable file. Give --seed a name or the path of a YAML or JSON file.',
    )
  })
})
