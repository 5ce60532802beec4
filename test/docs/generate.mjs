/** Writes the generated pages of `docs/`: `npm run docs`. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
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

// All of it is generated: a mode that is no more leaves no page behind.
await rm(new URL('../../docs/modes/', import.meta.url), { recursive: true, force: true })
for (const { name, text } of pages()) {
  const file = new URL(`../../docs/${name}`, import.meta.url)
  await mkdir(new URL('.', file), { recursive: true })
  await writeFile(file, text)
  console.log(`docs/${name}`)
}
