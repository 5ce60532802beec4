/**
 * `npm run history -- --kills 200 --restarts 20 [--cuts N] [--replicas 3] [--writers 16] [--seed S] [--file PATH]`: writes
 * against replicas that are killed, on a Postgres that is restarted; exit 1 if the history is not linearizable.
 * `--check PATH` gives the verdict on a saved history again.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    restarts: { type: 'string', default: '20' },
    cuts: { type: 'string', default: '20' },
    replicas: { type: 'string', default: '3' },
    writers: { type: 'string', default: '16' },
    seed: { type: 'string', default: process.env.ACCESS_HISTORY_SEED ?? String(Date.now() % 1e6) },
    file: { type: 'string', default: 'failing-history.json' },
    check: { type: 'string' },
  },
})
// Below node_modules, so that the packages left outside are found; two levels deep, as the sources are, to find `dist`.
const outfile = new URL('../../../../node_modules/.cache/history.mjs', import.meta.url)
await build({
  stdin: {
    contents: "export { run } from './run.ts'\nexport { check, told } from './check.ts'",
    resolveDir: new URL('.', import.meta.url).pathname,
    loader: 'ts',
  },
  outfile: outfile.pathname,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
})
const { run, check, told } = await import(outfile.href)

function verdict(violations, history) {
  for (const violation of violations.slice(0, 10)) console.log(`\n${told(violation, history)}`)
  console.log(`\n${violations.length} violations`)
  if (violations.length > 0) process.exitCode = 1
}

if (values.check !== undefined) {
  const history = JSON.parse(await readFile(values.check, 'utf8'))
  verdict(check(history), history)
} else {
  const seed = Number(values.seed)
  console.log(`seed ${seed}; again: ACCESS_HISTORY_SEED=${seed} npm run history`)
  const ran = await run({
    seed,
    ...Object.fromEntries(
      ['kills', 'restarts', 'cuts', 'replicas', 'writers'].map((name) => [
        name,
        Number(values[name]),
      ]),
    ),
    progress: (done) => console.log(done),
  })
  if (ran !== undefined) {
    console.log(JSON.stringify(ran.counts, null, 2))
    verdict(ran.violations, ran.history)
    if (ran.violations.length > 0) {
      await writeFile(values.file, JSON.stringify({ seed, ...ran.history }))
      console.log(`The history is in ${values.file}.`)
    }
  }
}
