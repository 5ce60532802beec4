/** `npm run bench:doctor`: runs the confusion matrix, writes `docs/doctor.md` and prints its numbers. */
import { mkdir, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'

const root = new URL('../../../', import.meta.url)
// Below node_modules, so that the packages left outside are found, and nothing is committed.
const folder = new URL('node_modules/.cache/bench-doctor/', root)
await mkdir(folder, { recursive: true })
await build({
  stdin: {
    contents: "export { matrix } from './matrix.ts'\nexport { page } from './page.ts'",
    resolveDir: new URL('.', import.meta.url).pathname,
    loader: 'ts',
  },
  outfile: new URL('matrix.mjs', folder).pathname,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
})
const { matrix, page } = await import(new URL('matrix.mjs', folder).href)
const text = page(await matrix())
await writeFile(new URL('docs/doctor.md', root), text)
console.log(text)
console.log('docs/doctor.md is written.')
