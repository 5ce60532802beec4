/** Runs the table of tools: each unmodified, with only the environment of `access-emulator run`. */
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folder, through } from './run-program.ts'
import { type Tool, tools } from './tool-table.ts'

const rows: string[] = []
afterAll(() => console.info(['tool | version | asked | seen', ...rows].join('\n')))

/** The first line of its version output; undefined if not installed. */
function versionOf([program = '', ...args]: Tool['version']): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' })
  return status === 0 ? stdout.split('\n')[0]?.slice(0, 40) : undefined
}

/** Compilers take their time where nothing is cached. */
describe('reaches the emulator', { timeout: 300_000 }, () => {
  test.each(tools)('$name', async ({ name, version, asked, program, files = {}, says }) => {
    const found = versionOf(version)
    if (found === undefined) {
      rows.push(`${name} | none | ${asked} | not here (${version[0]})`)
      return
    }
    const cwd = await folder()
    for (const [file, text] of Object.entries(files)) await writeFile(join(cwd, file), text)
    const { code, stdout, stderr } = await through([], program, { cwd })
    expect({ code, stderr: code === 0 ? '' : stderr, stdout }).toEqual({
      code: 0,
      stderr: '',
      stdout: says instanceof RegExp ? expect.stringMatching(says) : says,
    })
    rows.push(`${name} | ${found} | ${asked} | ${stdout.trim().replaceAll('\n', ', ')}`)
  })
})
