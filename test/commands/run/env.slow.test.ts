/** `access-emulator env`: shell lines equivalent to `run`, and the lines that undo them. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Emulator } from '../../../emulator/index.ts'
import { createEmulator } from '../../../emulator/index.ts'
import { accessEmulator } from '../../support/built.ts'
import { command, has, through } from './run-program.ts'

let state: string
let emulator: Emulator
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'run-'))
  emulator = await createEmulator({ seed: 'ticket', stateHome: state })
})
afterAll(async () => {
  await emulator.close()
  await rm(state, { recursive: true, force: true })
})

const env = (more = '') =>
  `eval "$("${process.execPath}" "${accessEmulator}" env --url ${emulator.url} ${more})"`
const undo = `eval "$("${process.execPath}" "${accessEmulator}" env --unset)"`

/** What a shell prints. The emulator is in this process: none may wait for it synchronously. */
async function shell(
  lines: readonly string[],
  set: Readonly<Record<string, string>> = {},
  program = 'sh',
): Promise<string> {
  const environment = {
    PATH: process.env.PATH,
    HOME: state,
    XDG_STATE_HOME: state,
    ...set,
  }
  return new Promise((resolve, reject) => {
    execFile(program, ['-euc', lines.join('\n')], { env: environment }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr))
      else resolve(stdout)
    })
  })
}

/** All but what a shell sets itself. */
const variables = 'env | grep -v -e ^_= -e ^PWD= -e ^OLDPWD= -e ^SHLVL= | sort'

const before = {
  CLOUDFLARE_API_TOKEN: 'it\'s "real" $HOME `x` \\ \n and long',
  CLOUDFLARE_EMAIL: 'real@example.com',
  NO_PROXY: '*',
  NODE_OPTIONS: '--no-deprecation',
}

describe('eval "$(access-emulator env)"', () => {
  test.each(['sh', 'bash', 'zsh'])('opens the real names to a shell: %s', async (program) => {
    if (!has(program, 'curl')) return
    const said = await shell(
      [
        env(),
        `curl -sS -o /dev/null -w '%{http_code} ' -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" https://api.cloudflare.com/client/v4/accounts/$CLOUDFLARE_ACCOUNT_ID`,
        `"${process.execPath}" -e 'fetch("https://staging-apex.cloudcache.ai/").then(({ status }) => console.log(status))'`,
        `echo "\${CLOUDFLARE_EMAIL-none}"`,
      ],
      before,
      program,
    )
    expect(said).toBe('200 403\nnone\n')
  })

  test.each(['sh', 'bash', 'zsh'])(
    'is taken back by --unset, also after two: %s',
    async (program) => {
      if (!has(program)) return
      const plain = await shell([variables], before, program)
      expect(plain).toContain('real@example.com')
      expect(await shell([env(), undo, variables], before, program)).toBe(plain)
      expect(await shell([env(), env(), undo, variables], before, program)).toBe(plain)
      expect(await shell([undo, variables], before, program)).toBe(plain)
      const mapped = '--env CLOUDFLARE_EMAIL=auth_domain --env MINE=api_token'
      expect(await shell([env(mapped), undo, variables], before, program)).toBe(plain)
    },
  )

  test('sets a second time what is set only where nothing is', async () => {
    const said = await shell([env(), env(), 'echo "$TEAM_DOMAIN"', 'printenv POLICY_AUD | wc -c'])
    expect(said).toBe('https://cloudcache.cloudflareaccess.com\n65\n')
  })

  test('passes the previous values to no program', async () => {
    expect(await shell([env(), 'env'], before)).not.toMatch(/real/)
  })

  test('leaves credentials with --keep-env', async () => {
    const said = await shell(
      [env('--keep-env'), 'echo "$CLOUDFLARE_EMAIL $CLOUDFLARE_ACCOUNT_ID"'],
      before,
    )
    expect(said).toBe('real@example.com 25ee8d3e1a867dcc2e777fd20073a0a4\n')
  })

  test('can be taken back in a shell that another one started', async () => {
    const said = await shell([
      env('--env MINE=api_token'),
      `sh -euc '${undo.replaceAll("'", "'\\''")}; ${variables}'`,
    ])
    expect(said).not.toMatch(/PROXY|CLOUDFLARE|CERT|NODE_OPTIONS|TEAM|AUD|MINE|EMULATOR/i)
  })
})

test('env says the same as run sets', async () => {
  const same = { ...before, HOME: state, XDG_STATE_HOME: state }
  const { stdout } = await through(
    ['--seed', 'ticket'],
    [process.execPath, '-p', 'JSON.stringify(process.env)'],
    { env: same },
  )
  const set: Record<string, string> = JSON.parse(stdout)
  const told = await command(['env', '--url', emulator.url, '--json'], { env: same })
  const shown: Record<string, string | null> = JSON.parse(told.stdout)
  const portOf = (url: string | null | undefined) =>
    new RegExp(`\\b${new URL(url ?? '').port}\\b`, 'g')
  const ports = [portOf(set.ACCESS_EMULATOR_URL), portOf(shown.ACCESS_EMULATOR_URL)]
  const plain = (value: string | null | undefined) =>
    ports.reduce((text, port) => text?.replaceAll(port, 'PORT'), value ?? undefined)
  for (const [name, value] of Object.entries(shown)) {
    expect({ [name]: plain(value) }).toEqual({ [name]: plain(set[name]) })
  }
  expect(shown.CLOUDFLARE_EMAIL).toBeNull()
  expect(Object.keys(shown).length).toBeGreaterThan(20)
})

describe('env refuses, with one line,', () => {
  test.each([
    [
      'where nothing answers',
      () => 'http://127.0.0.1:1',
      /^access-emulator: No emulator answers at http:\/\/127\.0\.0\.1:1\./,
    ],
    [
      'where the emulator has another authority',
      () => emulator.url,
      /^access-emulator: The emulator at \S+ uses a different certificate authority from /,
    ],
    [
      'a mapping to nothing',
      () => emulator.url,
      /^access-emulator: --env A=nope: the seed's account has no "nope"\. It has: id, /,
      ['--env', 'A=nope'],
    ],
    ['what is not a URL', () => 'nonsense', /^access-emulator: "nonsense" is not a URL\./],
  ])('%s', async (_, url, said, flags: readonly string[] = []) => {
    const { code, stdout, stderr } = await command(['env', '--url', url(), ...flags])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(said)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})
