/** docs/performance.md is the page of the results beside the benchmark, with every bar that is missed explained. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const result = at('test/bench/result.json')
const resultOfReplicas = at('test/bench/result-replicas.json')
const page = at('docs/performance.md')

test('the page and the result agree', async () => {
  if (!existsSync(result)) {
    console.info(
      'performance: nothing is measured yet (npm run bench -- --json >test/bench/result.json)',
    )
    expect(existsSync(page)).toBe(false)
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'performance-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const written = join(folder, 'page.md')
  const results = ['--result', result, '--result', resultOfReplicas]
  const args = [at('test/bench/run.mjs'), ...results, '--page', written]
  await promisify(execFile)(process.execPath, args)
  const text = readFileSync(written, 'utf8')
  expect(readFileSync(page, 'utf8')).toBe(text)
  const missed = /^## Missed\n\n((?:- .*\n)*)/m.exec(text)?.[1] ?? ''
  for (const line of missed.trim().split('\n')) expect(line).toMatch(/^(- .* by \d+ %: .+)?$/)
})
