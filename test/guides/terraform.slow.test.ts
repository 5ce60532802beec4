import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { testPage } from './run-page.ts'

// In place of `terraform init`, which would reach the registry.
const folder = await mkdtemp(join(tmpdir(), 'terraform-'))
const settings = join(folder, 'terraformrc')
const provider = spawnSync('sh', ['-c', 'command -v terraform-provider-cloudflare'], {
  encoding: 'utf8',
})
await writeFile(
  settings,
  `provider_installation {
  dev_overrides { "cloudflare/cloudflare" = ${JSON.stringify(dirname(provider.stdout.trim()))} }
  direct {}
}
`,
)
afterAll(() => rm(folder, { recursive: true }))

testPage('guides/terraform.md', {
  env: { TF_CLI_CONFIG_FILE: settings, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' },
})
