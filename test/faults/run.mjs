/**
 * Puts each fault of `faults.json` into a copy of the sources and runs the tests until one fails:
 *
 *     npm run faults -- [--only TEXT] [--out FILE]
 *
 * First the quick tests of the folder that mirrors the source, then all quick ones, then the slow ones. Prints which list caught
 * each fault, and exits with 1 if one was caught by none, or if its place in the source is not there any more.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, out: { type: 'string' } },
})
const faults = JSON.parse(readFileSync(new URL('faults.json', import.meta.url), 'utf8'))

function copyOfSources() {
  const copy = mkdtempSync(join(tmpdir(), 'faults-'))
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root })
  for (const path of listed.toString().split('\0')) {
    if (path === '' || !existsSync(join(root, path))) continue
    mkdirSync(join(copy, dirname(path)), { recursive: true })
    cpSync(join(root, path), join(copy, path))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** The test folders that mirror a source, the nearest first: of `emulator/edge/oauth/token.ts`, `test/edge/oauth` and `test/edge`. */
function mirrorsOf(file) {
  const [part, ...folders] = dirname(file).split('/')
  const below = part === 'emulator' ? folders : [part, ...folders]
  return below
    .map((_, index) => join('test', ...below.slice(0, below.length - index)))
    .filter((folder) => existsSync(join(root, folder)))
}

const folder = copyOfSources()

/** The title of the first failing test, if one fails. */
function failing(mode, where) {
  const report = join(folder, 'report.json')
  rmSync(report, { force: true })
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      ...['run', '--mode', mode, '--bail', '1', '--passWithNoTests', '--testTimeout', '30000'],
      ...['--reporter', 'json', '--outputFile', report, ...where],
    ],
    { cwd: folder, stdio: 'ignore', timeout: 600_000, killSignal: 'SIGKILL' },
  )
  if (status === 0) return undefined
  if (!existsSync(report)) return 'the run ended without a report'
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const failed = testResults.find((each) => each.status === 'failed')
  const name = failed?.assertionResults.find((each) => each.status === 'failed')?.fullName
  return failed && `${failed.name.slice(folder.length + 1)}: ${name ?? 'does not load'}`
}

function caughtBy({ file }) {
  for (const [list, where] of [
    ...mirrorsOf(file).map((mirror) => ['quick', [mirror]]),
    ['quick', []],
    ...mirrorsOf(file)
      .slice(0, 1)
      .map((mirror) => ['slow', [mirror]]),
    ['slow', []],
  ]) {
    const test = failing(list, where)
    if (test !== undefined) return { list, test }
  }
  return { list: 'none' }
}

const results = []
try {
  for (const fault of faults.filter(({ file }) => file.includes(values.only))) {
    const path = join(folder, fault.file)
    const text = readFileSync(path, 'utf8')
    const isThere = text.split(fault.before).length === 2
    if (isThere)
      writeFileSync(
        path,
        text.replace(fault.before, () => fault.after),
      )
    const result = isThere ? caughtBy(fault) : { list: 'gone' }
    writeFileSync(path, text)
    results.push({ ...fault, ...result })
    console.log(
      `${result.list.padEnd(5)} ${fault.file}  ${fault.kind}\n      ${result.test ?? fault.after.trim()}`,
    )
    if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(results, null, 2))
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const count = (list) => results.filter((result) => result.list === list).length
console.log(
  `${results.length} faults: ${count('quick')} caught by the quick list, ${count('slow')} by the slow one alone, ${count('none')} by none; ${count('gone')} are not in the source any more`,
)
process.exitCode = count('none') + count('gone') === 0 ? 0 : 1
