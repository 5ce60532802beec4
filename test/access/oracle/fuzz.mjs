/** `npm run fuzz:decision -- --pairs N --seed S [--profile P]`: the oracle against the emulator; exit 1 where they differ. */
import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    profile: { type: 'string', multiple: true, default: ['observed', 'strict', 'expected'] },
  },
})
const root = new URL('../../../', import.meta.url)
// Below node_modules, so that the packages left outside are found, and nothing is committed.
const folder = new URL('node_modules/.cache/fuzz-decision/', root)
await mkdir(folder, { recursive: true })
await build({
  entryPoints: [new URL('compare.ts', import.meta.url).pathname],
  outfile: new URL('compare.mjs', folder).pathname,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  loader: { '.html': 'text' },
})
const { compare } = await import(new URL('compare.mjs', folder).href)
for (const profile of values.profile) {
  const began = performance.now()
  const { disagreements, ...counts } = await compare(profile, {
    pairs: Number(values.pairs),
    seed: Number(values.seed),
  })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(JSON.stringify({ profile, seed: Number(values.seed), seconds, ...counts }))
  for (const { of, seen, smallest } of disagreements) console.log(`${seen}x ${of}\n  ${smallest}`)
  if (disagreements.length > 0) process.exitCode = 1
}
