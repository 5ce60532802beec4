/** The steps of the workflow file in `docs/` run unchanged against an emulator under the real names. */
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { folder, has, through } from '../../commands/run/run-program.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

const workflow = z.object({
  jobs: z.object({
    conform: z.object({
      env: z.record(z.string(), z.string()),
      steps: z.array(z.looseObject({ name: z.string().optional(), run: z.string().optional() })),
    }),
  }),
})

const install = 'npm install --no-save cloudflare-access-emulator'

/** A repository after `install`: the package as the registry would have put it there. */
async function repository(): Promise<string> {
  const path = await folder()
  await mkdir(join(path, 'node_modules/.bin'), { recursive: true })
  await symlink(root, join(path, 'node_modules/cloudflare-access-emulator'))
  await symlink(
    '../cloudflare-access-emulator/dist/access-client.js',
    join(path, 'node_modules/.bin/access-client'),
  )
  return path
}

test('the weekly workflow fails where a case fails or the answers drift from the baseline, and only there', async () => {
  if (!has('bash', 'npx')) return
  const text = await readFile(join(root, 'docs/github-actions-conform.yml'), 'utf8')
  const { env, steps } = workflow.parse(parse(text)).jobs.conform
  const lines = steps.flatMap(({ run }) => (run === undefined ? [] : [run]))
  expect(lines[0]).toBe(install)
  const cwd = await repository()
  // GitHub runs each step by itself, and stops at the first that fails.
  const job = lines.slice(1).map((line, at) => ({ line, file: join(cwd, `step-${at}.sh`) }))
  for (const { line, file } of job) await writeFile(file, line)
  const all = job.map(({ file }) => `bash -e ${file}`).join(' && ')
  // What the workflow has from secrets; `run` gives the others.
  const secrets = {
    ACCESS_ZONE: 'example.com',
    ACCESS_PROTECTED_URL: 'https://machines.example.com/',
  }
  expect(Object.entries(env)).toEqual(
    Object.keys(env).map((name) => [name, `\${{ secrets.${name} }}`]),
  )
  const monday = (...flags: string[]) =>
    through(['--seed', 'example', '--profile', 'observed', ...flags], ['bash', '-c', all], {
      cwd,
      env: { ...secrets, ACCESS_TARGET: undefined, npm_config_offline: 'true' },
    })

  const failing = ['--set', 'certs.order=current_first']
  const alone = await monday(...failing)
  expect(alone.code).toBe(1)
  expect(alone.stderr).toContain('failed: edge.certs/two-keys')

  const first = await monday()
  expect(first).toMatchObject({ code: 0 })
  expect(first.stdout).toContain('No baseline yet')

  const keep = () => copyFile(join(cwd, 'access-report.json'), join(cwd, 'access-baseline.json'))
  await keep()
  expect(await monday()).toMatchObject({ code: 0 })

  const drifted = await monday(...failing)
  expect(drifted.code).toBe(1)
  expect(drifted.stdout).toContain('edge.certs/two-keys')

  // Differences in the baseline are not new.
  await keep()
  expect(await monday(...failing)).toMatchObject({ code: 0 })
})
