/** Writes the generated pages of `docs/`: `npm run docs`. */
import { writeFile } from 'node:fs/promises'
import { build } from 'esbuild'

const { outputFiles } = await build({
  entryPoints: [new URL('pages.ts', import.meta.url).pathname],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
})
const source = Buffer.from(outputFiles[0].contents).toString('base64')
const { pages } = await import(`data:text/javascript;base64,${source}`)

for (const { name, text } of pages()) {
  await writeFile(new URL(`../../docs/${name}`, import.meta.url), text)
  console.log(`docs/${name}`)
}
