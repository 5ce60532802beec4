/**
 * Terraform or OpenTofu with Cloudflare's own provider, unmodified: each resource of Access is created, changed, reduced,
 * imported and destroyed, and a plan after each finds nothing to do. Needs `terraform` or `tofu`, and
 * `terraform-provider-cloudflare`, on the PATH.
 */
import { execFile } from 'node:child_process'
import { access, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run as accessClient } from '../../client/commands/program.ts'
import { exampleCa } from '../../contracts/api/certificates.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

const execute = promisify(execFile)

async function onPath(...names: readonly string[]): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      const file = join(folder, name)
      if (
        await access(file).then(
          () => true,
          () => false,
        )
      )
        return file
    }
  }
  return undefined
}

const terraform = await onPath('terraform', 'tofu')
const provider = await onPath('terraform-provider-cloudflare')
const missing = [
  ...(terraform === undefined ? ['terraform or tofu'] : []),
  ...(provider === undefined ? ['terraform-provider-cloudflare'] : []),
]
if (missing.length > 0) console.log(`Skipped: not on the PATH: ${missing.join(', ')}.`)

const everything = fileURLToPath(new URL('terraform/everything.tf', import.meta.url))
const api_token = 'terraform-api-token-not-a-secret-00000000'

describe.skipIf(missing.length > 0)('Cloudflare’s Terraform provider', () => {
  let emulator: Emulator
  let folder: string
  let url: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'terraform-'))
    emulator = await createEmulator({
      port: 0,
      seed: {
        accounts: [
          {
            name: 'Terraform',
            api_token,
            zones: [{ name: 'example.com' }],
            organization: { name: 'Terraform', auth_domain: 'terraform.cloudflareaccess.com' },
          },
        ],
      },
    })
    url = `${emulator.url}/client/v4/`
    const rc = `provider_installation {
  dev_overrides { "cloudflare/cloudflare" = ${JSON.stringify(join(provider ?? '', '..'))} }
  direct {}
}
`
    await writeFile(join(folder, 'rc'), rc)
    await copyFile(everything, join(folder, 'everything.tf'))
  })
  afterAll(async () => {
    await emulator.close()
    await rm(folder, { recursive: true })
  })

  /** @throws with what Terraform printed, if it fails */
  async function run(args: readonly string[], step: number, variables: object = {}) {
    const { PATH, HOME } = process.env
    const env = {
      ...{ PATH, HOME, NO_COLOR: '1', TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' },
      ...{ TF_CLI_CONFIG_FILE: join(folder, 'rc'), TF_VAR_step: String(step) },
      ...{ TF_VAR_account_id: emulator.account.id, TF_VAR_api: url, TF_VAR_api_token: api_token },
      ...{ TF_VAR_certificate: exampleCa },
      ...variables,
    }
    const { stdout } = await execute(terraform ?? '', [...args], { cwd: folder, env })
    return stdout
  }
  const apply = (step: number) => run(['apply', '-auto-approve', '-no-color'], step)
  const plan = (step: number) => run(['plan', '-no-color'], step)

  test.each([
    [0, 'creates each resource'],
    [1, 'changes each'],
    [2, 'removes an attribute of each'],
  ])('step %i %s, and the plan after it is empty', async (step) => {
    expect(await apply(step)).toContain('Apply complete!')
    expect(await plan(step)).toContain('No changes.')
  })

  test('what `access-client export --terraform` writes is imported, and nothing is made or destroyed', async () => {
    const configuration = join(folder, 'exported')
    await mkdir(configuration)
    const file = join(configuration, 'access.tf')
    const code = await accessClient(['export', '--terraform', '--out', file], {
      env: { CLOUDFLARE_API_TOKEN: api_token, CLOUDFLARE_ACCOUNT_ID: emulator.account.id },
      fetch: emulator.fetch,
      out: () => {},
      err: () => {},
    })
    expect(code).toBe(0)
    const named = [...(await readFile(file, 'utf8')).matchAll(/^variable "(\w+)"/gm)]
    const variables = Object.fromEntries(
      named.map(([, name = '']) => [
        `TF_VAR_${name}`,
        name.endsWith('certificate') ? exampleCa : 'a-secret',
      ]),
    )
    const settings = `provider "cloudflare" {\n  base_url  = "${url}"\n  api_token = "${api_token}"\n}\n`
    await writeFile(join(configuration, 'provider.tf'), settings)
    const printed = await run([`-chdir=${configuration}`, 'plan', '-no-color'], 2, variables)
    expect(printed).toMatch(/Plan: [1-9]\d* to import, 0 to add, \d+ to change, 0 to destroy\./)
  })

  test('destroys each, and the API has none of them', async () => {
    expect(await run(['destroy', '-auto-approve', '-no-color'], 2)).toContain('Destroy complete!')
    for (const list of ['apps', 'policies', 'groups', 'service_tokens', 'certificates', 'tags']) {
      const path = `https://api.cloudflare.com/client/v4/accounts/${emulator.account.id}/access/${list}`
      const answer = await emulator.fetch(path, {
        headers: { authorization: `Bearer ${api_token}` },
      })
      expect(await answer.json()).toMatchObject({ success: true, result: [] })
    }
  })
})
