/** Writes what is generated from contracts, the evidence register and the files of handlers: `npm run docs`. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'

const file = (path) => new URL(`../../${path}`, import.meta.url)

/** Imports a TypeScript module of this folder. */
async function load(name) {
  const { outputFiles } = await build({
    entryPoints: [new URL(name, import.meta.url).pathname],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  })
  const source = Buffer.from(outputFiles[0].contents).toString('base64')
  return import(`data:text/javascript;base64,${source}`)
}

async function write(path, text) {
  await mkdir(new URL('.', file(path)), { recursive: true })
  await writeFile(file(path), text)
  console.log(path)
}

// Before the pages: they are made by code that imports it.
const { entriesOf, registerPages, sourcesModule } = await load('register.ts')
const entries = await Promise.all(
  registerPages.map(async (page) =>
    entriesOf(page, await readFile(file(`docs/evidence/${page}.md`), 'utf8')),
  ),
)
await write('contracts/evidence/sources.ts', sourcesModule(entries.flat()))

const { ownHandlersModule } = await load('own-handlers.ts')
await write('emulator/api/own-handlers.ts', ownHandlersModule(await readdir(file('emulator/api/'))))

const { notBuiltModule } = await load('not-built.ts')
const official = JSON.parse(await readFile(file('test/fixtures/official-document.json'), 'utf8'))
const before = await readFile(file('contracts/api/not-built.ts'), 'utf8')
await write('contracts/api/not-built.ts', notBuiltModule(official, before))

const { permissionGroupsModule } = await load('permission-groups.ts')
await write('contracts/api/permission-groups.ts', permissionGroupsModule(official))

const { documentationPagesModule } = await load('documentation-pages.ts')
await write('contracts/api/documentation-pages.ts', documentationPagesModule())

// The folder is emptied first: a mode that no longer exists leaves no page behind.
await rm(file('docs/modes/'), { recursive: true, force: true })
const { pages } = await load('pages.ts')
for (const { name, text } of pages()) await write(`docs/${name}`, text)
