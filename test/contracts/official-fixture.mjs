/**
 * Writes test/fixtures/official-document.json from a copy of Cloudflare's OpenAPI document, or checks it against one:
 *     npm run fixtures:official -- FILE COMMIT ['WHAT FILE IS']
 *     npm run fixtures:official -- FILE --check
 * FILE is `openapi.json` of github.com/cloudflare/api-schemas as of COMMIT, or a part of it that has the operations.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const fixture = new URL('../fixtures/official-document.json', import.meta.url)

const [file, mode, input = 'openapi.json itself'] = process.argv.slice(2)
if (file === undefined || !/^(--check|[0-9a-f]{40})$/.test(mode ?? '')) {
  console.error("Usage: npm run fixtures:official -- FILE (COMMIT ['WHAT FILE IS'] | --check)")
  process.exit(2)
}

const { outputFiles } = await build({
  entryPoints: [new URL('strip-document.ts', import.meta.url).pathname],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
})
const module = Buffer.from(outputFiles[0].contents).toString('base64')
const { stripDocument } = await import(`data:text/javascript;base64,${module}`)

const original = readFileSync(file)
const sha256 = createHash('sha256').update(original).digest('hex')
const stripped = stripDocument(JSON.parse(original.toString('utf8')))

/** One line for each operation and each component: small, and a change shows where it is. */
function text(source) {
  const rows = (entries, indent) =>
    Object.entries(entries)
      .map(([name, value]) => `${indent}${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n')
  const groups = (of, indent) =>
    Object.entries(of)
      .map(
        ([name, entries]) =>
          `${indent}${JSON.stringify(name)}: {\n${rows(entries, `${indent} `)}\n${indent}}`,
      )
      .join(',\n')
  return `{
 "source": ${JSON.stringify(source, null, 1).replaceAll('\n', '\n ')},
 "paths": {
${groups(stripped.paths, '  ')}
 },
 "components": {
${groups(stripped.components, '  ')}
 }
}
`
}

if (mode === '--check') check()
else {
  const source = {
    repository: 'https://github.com/cloudflare/api-schemas',
    path: 'openapi.json',
    commit: mode,
    license: 'BSD-3-Clause, see official-document.license.txt',
    made_by:
      'npm run fixtures:official: the operations of Access and around it, without titles, descriptions and examples',
    input,
    input_sha256: sha256,
  }
  writeFileSync(fixture, text(source))
  const size = Math.round(readFileSync(fixture).length / 1024)
  console.log(`test/fixtures/official-document.json: ${size} KB, from ${file} (sha256 ${sha256})`)
}

function check() {
  const { source, ...pinned } = JSON.parse(readFileSync(fixture, 'utf8'))
  const differing = [
    ...differences('path', pinned.paths, stripped.paths),
    ...differences('parameter', pinned.components.parameters, stripped.components.parameters),
    ...differences('schema', pinned.components.schemas, stripped.components.schemas),
  ]
  const same = sha256 === source.input_sha256 ? 'the very input' : 'another input than'
  console.log(`${file} is ${same} that the fixture was made from (commit ${source.commit}).`)
  for (const line of differing) console.log(line)
  console.log(differing.length === 0 ? 'It gives the fixture.' : `${differing.length} differences.`)
  process.exitCode = differing.length === 0 ? 0 : 1
}

function differences(kind, before, now) {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].sort().flatMap((name) => {
    if (!(name in now)) return [`- ${kind} ${name}`]
    if (!(name in before)) return [`+ ${kind} ${name}`]
    return JSON.stringify(before[name]) === JSON.stringify(now[name]) ? [] : [`~ ${kind} ${name}`]
  })
}
