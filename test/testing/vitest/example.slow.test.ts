/** The example project of the fixtures, as in `docs/`, against the built package. */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import '../../support/built.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A copy of the project, with the package as a real folder among its packages and the rest linked. */
function copied(): string {
  const project = mkdtempSync(join(tmpdir(), 'vitest-example-'))
  const source = join(root, 'docs/examples/vitest')
  // Running the example in place leaves packages there.
  const isOwn = (path: string) => path !== join(source, 'node_modules')
  cpSync(source, project, { recursive: true, filter: isOwn })
  const packages = join(project, 'node_modules')
  const own = join(packages, 'cloudflare-access-emulator')
  for (const part of ['dist', 'package.json']) {
    cpSync(join(root, part), join(own, part), { recursive: true })
  }
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(packages, name))
  }
  return project
}

/** Vitest's report, without the variables of the surrounding Vitest run. */
function run(project: string): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV$)/.test(name)),
  )
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [vitest, 'run', '--reporter=json'],
      { cwd: project, env, timeout: 60_000 },
      (_, stdout, stderr) => resolve(stdout || stderr),
    )
  })
}

test('The example project passes its tests', { timeout: 60_000 }, async () => {
  const project = copied()
  try {
    const report = JSON.parse(await run(project))
    expect(report).toMatchObject({ success: true, numPassedTests: 4, numTotalTests: 4 })
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
})
