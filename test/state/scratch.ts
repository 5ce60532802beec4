/** Directories for tests of the state directory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A new folder that is removed after the test. The state goes into `state` in it, which does not exist yet. */
export function scratch(): {
  readonly root: string
  readonly state: string
  readonly log: string
  readonly lock: string
} {
  const root = mkdtempSync(join(tmpdir(), 'access-emulator-test-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const state = join(root, 'state')
  return { root, state, log: join(state, 'changes.jsonl'), lock: join(state, 'lock') }
}

export async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).trimEnd().split('\n')
}

export async function writeLines(path: string, lines: readonly string[]): Promise<void> {
  await writeFile(path, lines.map((line) => `${line}\n`).join(''))
}
