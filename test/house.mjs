/** Prints the rooms, floors and arrows of each part of the source. Exits 1 if an arrow runs back up: `npm run house`. */
import { readdirSync, readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { build } from 'esbuild'

const { outputFiles } = await build({
  entryPoints: [new URL('support/rooms.ts', import.meta.url).pathname],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
})
const source = Buffer.from(outputFiles[0].contents).toString('base64')
const { planOf } = await import(`data:text/javascript;base64,${source}`)

const root = new URL('..', import.meta.url)

function sourcesOf(part) {
  return readdirSync(new URL(part, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${part}/${name.replaceAll(sep, '/')}`)
    .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }))
}

for (const part of ['emulator', 'contracts', 'client']) {
  const { rooms, floors, arrows, back, lines } = planOf(part, sourcesOf(part))
  console.log(
    `${part}/: ${rooms.length} rooms on ${floors.length} floors, ${arrows.length} arrows, ${back.length} back up, ${lines} lines`,
  )
  for (const [index, floor] of [...floors.entries()].reverse()) {
    console.log(`${String(index + 1).padStart(4)}  ${floor.join('  ')}`)
  }
  for (const { from, to, imports } of back) {
    console.log(`      back up: ${from} -> ${to} (${imports} imports)`)
    process.exitCode = 1
  }
}
