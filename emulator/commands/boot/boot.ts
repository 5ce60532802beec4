/** The executable `access-emulator`: runs the command's bundle, and makes a code cache of it for the next start. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants, Script } from 'node:vm'
import { type CodeCache, openCodeCache } from './code-cache.ts'

type Require = (id: string) => unknown

interface CommonJsModule {
  exports: unknown
}

const folder = fileURLToPath(new URL('command/', import.meta.url))
// Built once for each command, as an executable of its name.
const command = `./${basename(fileURLToPath(import.meta.url), '.js')}.cjs`
/** What a start evaluates stands in these; anything else is loaded on demand. */
const isEvaluatedAtStart = (id: string) => id === command || id.startsWith('./start-')
const requireOther = createRequire(join(folder, command))
const loaded = new Map<string, CommonJsModule>()

/** As Node's own `require`, which cannot be given a code cache. */
const requireChunk: Require = (id) => {
  if (!id.startsWith('./')) return requireOther(id)
  const known = loaded.get(id)
  if (known !== undefined) return known.exports
  const module = { exports: {} }
  loaded.set(id, module)
  const path = join(folder, id)
  const { script, cache } = compiled(path, isEvaluatedAtStart(id))
  if (cache !== undefined) afterFirstAnswer(() => cache.write(script.createCachedData()))
  script.runInThisContext()(module.exports, requireChunk, module, path, dirname(path))
  return module.exports
}

/** With the cache to write to, if one is wanted that does not exist yet. */
function compiled(filename: string, isCached: boolean): { script: Script; cache?: CodeCache } {
  const bytes = readFileSync(filename)
  // The bundle is ASCII: V8 keeps it in half the memory, and need not decode it.
  const source = `(function (exports, require, module, __filename, __dirname) {${bytes.toString('latin1')}\n})`
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
  const cache = isCached ? openCodeCache(bytes, process.env) : undefined
  const cachedData = cache?.read()
  const script = new Script(source, {
    filename,
    importModuleDynamically,
    ...(cachedData && { cachedData }),
  })
  const isMissing = cachedData === undefined || script.cachedDataRejected === true
  return isMissing && cache !== undefined ? { script, cache } : { script }
}

/** Functions are compiled when they are first called: only then does a cache hold what a start and an answer need. */
function afterFirstAnswer(act: () => void): void {
  const finished = 'http.server.response.finish'
  const first = () => {
    unsubscribe(finished, first)
    // Whoever asked may be about to ask again.
    setTimeout(act, 250).unref()
  }
  subscribe(finished, first)
}

requireChunk(command)
