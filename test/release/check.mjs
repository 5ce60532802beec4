/** Whether a tag is a release of what package.json and the changelog say: `npm run release:check -- v0.1.0`. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const { positionals } = parseArgs({ allowPositionals: true })
const [tag = ''] = positionals
const { version } = JSON.parse(read('package.json'))
const escaped = version.replaceAll('.', '\\.')
const [, entry = ''] =
  new RegExp(`^## \\[${escaped}\\] - \\d{4}-\\d\\d-\\d\\d\\n([^]*?)(?=^## \\[|$(?![^]))`, 'm').exec(
    read('CHANGELOG.md'),
  ) ?? []

const problems = [
  tag !== `v${version}` &&
    `the tag is ${tag || 'not given'}, and package.json has version ${version}`,
  !/^- /m.test(entry) && `CHANGELOG.md has no section "## [${version}] - DATE" with changes`,
].filter(Boolean)
for (const problem of problems) console.error(`release: ${problem}`)
if (problems.length === 0) console.log(`release: ${tag} is ready`)
process.exitCode = problems.length === 0 ? 0 : 1
