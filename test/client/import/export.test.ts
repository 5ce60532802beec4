/** `access-client export`: a seed whose secrets are variables, and Terraform configuration. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { run } from '../../../client/commands/program.ts'
import type { SeedInput } from '../../../contracts/control/seed.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'

const accountId = '0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f'
const secret = `cfast_${'ExportedSecretNotARealOne'.padEnd(48, '0')}`

/** How a seed file names a variable, and HCL begins a template. */
const dollar = (name: string) => `\${${name}}`

const seed: SeedInput = {
  accounts: [
    {
      id: accountId,
      name: 'Exported',
      zones: [{ name: 'example.com' }],
      organization: { name: 'Exported', auth_domain: 'exported.cloudflareaccess.com' },
      identity_providers: [
        { type: 'github', name: 'GitHub', config: { client_id: 'a', client_secret: 'not-shown' } },
      ],
      service_tokens: [{ name: 'CI deploy', client_secret: secret }, { name: 'ci-deploy' }],
      policies: [
        {
          name: 'machines',
          decision: 'non_identity',
          include: [{ service_token: { name: 'CI deploy' } }],
        },
      ],
      applications: [
        {
          type: 'self_hosted',
          name: `A "quoted" ${dollar('name')} %{if}\n`,
          domain: 'wiki.example.com',
          policies: [{ policy: 'machines' }],
        },
      ],
    },
  ],
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function started(given: SeedInput | string): Promise<Emulator> {
  const emulator = await createEmulator({ seed: given })
  onTestFinished(() => emulator.close())
  return emulator
}

async function command(argv: readonly string[], emulator: Emulator) {
  const { api_token, id } = emulator.account
  let stdout = ''
  let stderr = ''
  const code = await run(['export', ...argv], {
    env: { CLOUDFLARE_API_TOKEN: api_token, CLOUDFLARE_ACCOUNT_ID: id },
    fetch: emulator.fetch,
    out: (text) => {
      stdout += text
    },
    err: (text) => {
      stderr += text
    },
  })
  return { code, stdout, stderr }
}

const names = [
  'SERVICE_TOKEN_CI_DEPLOY_CLIENT_SECRET',
  'SERVICE_TOKEN_CI_DEPLOY_2_CLIENT_SECRET',
  'IDENTITY_PROVIDER_GITHUB_CLIENT_SECRET',
]

test('The seed names a variable for each secret, and with them it starts the same account', async () => {
  const there = await started(seed)
  const file = join(folder, 'seed.yaml')
  const { code, stderr } = await command(['--out', file], there)
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `note: variables to set: ${names.join(', ')}\n`,
  })
  const text = await readFile(file, 'utf8')
  for (const name of names) expect(text).toContain(`client_secret: ${dollar(name)}\n`)
  expect(text).not.toMatch(/cfast_|not-shown/)

  for (const name of names) vi.stubEnv(name, name.startsWith('SERVICE') ? secret : 'not-shown')
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  const here = await started(file)
  expect(here.account).toMatchObject({ id: accountId })
  const [token] = here.account.service_tokens
  expect(token).toMatchObject({ name: 'CI deploy', client_secret: secret })
})

test('A variable that is not set is named with its place in the file', async () => {
  const file = join(folder, 'unset.yaml')
  const lines = [
    'accounts:',
    '  - name: a',
    '    service_tokens:',
    '      - name: ci',
    `        client_secret: ${dollar('EXPORT_TEST_IS_NOT_SET')}`,
  ]
  await writeFile(file, lines.join('\n'))
  await expect(createEmulator({ seed: file })).rejects.toThrow(
    `${file}:5:9: accounts.0.service_tokens.0.client_secret: the variable EXPORT_TEST_IS_NOT_SET is not set. Set it, or give the value here.`,
  )
})

test('A seed given as data names no variable: a request must not read the environment', async () => {
  vi.stubEnv('EXPORT_TEST_NAME', 'from the environment')
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  const emulator = await started({
    accounts: [{ name: dollar('EXPORT_TEST_NAME'), zones: [{ name: 'example.com' }] }],
  })
  expect(emulator.account.name).toBe(dollar('EXPORT_TEST_NAME'))
})

test('Terraform configuration refers to what it imports, and escapes what a name contains', async () => {
  const there = await started(seed)
  const { code, stdout, stderr } = await command(['--terraform'], there)
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'note: variables to set: identity_provider_github_client_secret\n',
  })
  const [token] = there.account.service_tokens
  expect(stdout).toContain(`import {
  to = cloudflare_zero_trust_access_service_token.ci_deploy
  id = "accounts/${accountId}/${token?.id}"
}

resource "cloudflare_zero_trust_access_service_token" "ci_deploy" {
  account_id = "${accountId}"
  name       = "CI deploy"
  duration   = "8760h"
}
`)
  expect(stdout).toContain('resource "cloudflare_zero_trust_access_service_token" "ci_deploy_2" {')
  expect(stdout).toContain('client_secret = var.identity_provider_github_client_secret\n')
  expect(stdout).toContain('token_id = cloudflare_zero_trust_access_service_token.ci_deploy.id\n')
  expect(stdout).toContain('id         = cloudflare_zero_trust_access_policy.machines.id\n')
  expect(stdout).toContain(`"A \\"quoted\\" $${dollar('name')} %%{if}\\n"\n`)
  expect(stdout).not.toMatch(/cfast_|not-shown/)
})

const fmt = await promisify(execFile)('terraform', ['version']).then(
  () => true,
  () => false,
)
if (!fmt) console.log('Skipped: no terraform on the PATH, so nothing checks its own formatting.')

test.runIf(fmt)('Terraform finds nothing to format', async () => {
  const file = join(folder, 'account.tf')
  await command(['--terraform', '--out', file], await started('example'))
  const { stdout } = await promisify(execFile)('terraform', ['fmt', '-check', '-diff', file])
  expect(stdout).toBe('')
})
