/** The support ticket's own commands, verbatim, against its own account. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folder, has, type Surroundings, through } from './run-program.ts'

const ticket = readFileSync(new URL('../../fixtures/ticket.md', import.meta.url), 'utf8')
const [reproduce = '', ...minimal] = [...ticket.matchAll(/^```bash\n(.*?)^```$/gms)].map(
  ([, block = '']) => block,
)

const pair = {
  id: 'e0b1e0b1e0b1e0b1e0b1e0b1e0b1e0b1.access',
  secret: 'cfast_ticketSecretOfSvcDebugNotARealOne000000000000000',
}
const placeholders: Readonly<Record<string, string>> = {
  '<account_id>': '25ee8d3e1a867dcc2e777fd20073a0a4',
  '<module_scoped_token>': 'ticket-api-token-not-a-secret-00000000000',
  '<app-domain>': 'staging-apex.cloudcache.ai',
  '<service_token_client_id>': pair.id,
  '<service_token_client_secret>': pair.secret,
}

function filled(text: string): string {
  return Object.entries(placeholders).reduce(
    (so, [placeholder, value]) => so.replace(placeholder, value),
    text,
  )
}

// jq 1.7 refuses `.result[0]` on an object, which is what the API answers.
const declared = {
  from: ".result[0].auth_domain // .result.auth_domain'",
  to: ".result[0]?.auth_domain // .result.auth_domain'",
}
const script = filled(minimal.join('\n')).replace(declared.from, declared.to)

async function run(profile: string, text: string, surroundings: Surroundings = {}) {
  const path = join(await folder(), 'ticket.sh')
  await writeFile(path, text)
  return through(['--seed', 'ticket', '--profile', profile], ['bash', path], surroundings)
}

test('ticket.sh is the ticket, with its placeholders filled and one character more', () => {
  expect(minimal).toHaveLength(4)
  expect(script).toHaveLength(filled(minimal.join('\n')).length + 1)
  expect(script.replace(']?', ']')).toBe(filled(minimal.join('\n')))
  expect([...minimal.join().matchAll(/<[a-z_-]+>/g)].map(([found]) => found)).toEqual(
    Object.keys(placeholders),
  )
  expect(script).not.toMatch(/curl[^\n]* (-k|--insecure|--cacert|-x|--proxy)/)
  expect(script.match(/https?:\/\/[^/"]+/g)).toEqual([
    'https://api.cloudflare.com',
    'https://$AUTH_DOMAIN',
    'https://$DOMAIN',
  ])
})

const ray = '[0-9a-f]{16}-[A-Z]{3}\\r?'
const jwt = '[\\w-]+\\.[\\w-]+\\.[\\w-]+'

describe('run --seed ticket -- bash ticket.sh', () => {
  test('prints 200 and a token twice where the world is as the ticket expects it', async () => {
    if (!has('bash', 'curl', 'jq', 'awk')) return
    const { code, stdout } = await run('expected', script)
    const answer = (name: string) =>
      `${name}_STATUS=200 CF_RAY=${ray}\\n\\{"token":"${jwt}"[^}]*\\}\\s*`
    expect(stdout).toMatch(new RegExp(`^${answer('TEAM')}${answer('APP')}$`))
    expect(code).toBe(0)
  })

  test.each(['observed', 'strict'])(
    'prints 404 and a ray twice in profile %s, with an empty body on the application host',
    async (profile) => {
      if (!has('bash', 'curl', 'jq', 'awk')) return
      const { code, stdout } = await run(profile, script)
      expect(stdout).toMatch(
        new RegExp(`^TEAM_STATUS=404 CF_RAY=${ray}\\n[^]*APP_STATUS=404 CF_RAY=${ray}\\n$`),
      )
      expect(code).toBe(0)
    },
  )

  test('works in a network that has nothing but loopback', async () => {
    if (!has('bash', 'curl', 'jq', 'awk', 'unshare', 'ip')) return
    const isolated = ['unshare', '-rn', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
    const [program = '', ...rest] = isolated
    const tried = spawnSync(program, [...rest, 'true'], { encoding: 'utf8' })
    if (tried.status !== 0) {
      console.info(`Not run: no network of one's own is allowed here. ${tried.stderr}`)
      return
    }
    const { code, stdout } = await run('expected', script, { before: isolated })
    expect(stdout).toMatch(/^TEAM_STATUS=200 .*APP_STATUS=200 /s)
    expect(code).toBe(0)
  })
})

describe('The first command of the ticket', () => {
  test.each([
    ['expected', 200],
    ['observed', 404],
  ])('in profile %s gets %i, over a verified connection', async (profile, status) => {
    if (!has('bash', 'curl')) return
    const { code, stderr } = await run(profile, reproduce, {
      env: { CLIENT_ID: pair.id, CLIENT_SECRET: pair.secret },
    })
    expect(code).toBe(0)
    expect(stderr).toContain('SSL certificate verify ok')
    expect(stderr).toMatch(new RegExp(`^< HTTP/2 ${status} `, 'm'))
    expect(stderr).toMatch(new RegExp(`^< cf-ray: ${ray}$`, 'm'))
  })
})
