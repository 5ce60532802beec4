/** Bundles a Worker and runs it under workerd. esbuild and miniflare are handed in, because each example has its own. */
import { fileURLToPath } from 'node:url'

/** `options` are miniflare's. */
export async function serveWorker({ build, Miniflare }, entry, options) {
  const bundle = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'browser'],
    external: ['cloudflare:*'],
    write: false,
  })
  const worker = new Miniflare({
    modules: true,
    script: bundle.outputFiles[0].text,
    compatibilityDate: '2026-01-01',
    host: '127.0.0.1',
    // Otherwise miniflare fetches an example of `request.cf` from Cloudflare.
    cf: false,
    ...options,
  })
  console.log(`The Worker listens on ${(await worker.ready).origin}`)

  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await worker.dispose()
      process.exit()
    })
  }
}
