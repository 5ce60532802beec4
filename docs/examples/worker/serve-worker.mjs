/**
 * Bundles a Worker and runs it under workerd. esbuild and miniflare are handed in, because each example has packages of its
 * own.
 */
import { fileURLToPath } from 'node:url'

/** workerd ignores proxies, so Node fetches in its place: real name, CONNECT, verified TLS. All other traffic stays local. */
const outboundBy = (Response) => async (request) => {
  const { method, body } = request
  const answer = await fetch(request.url, {
    method,
    headers: [...request.headers],
    redirect: 'manual',
    ...(body === null ? {} : { body, duplex: 'half' }),
  })
  const headers = new Headers(answer.headers)
  // `fetch` has already decoded the body.
  for (const name of ['content-encoding', 'content-length']) headers.delete(name)
  return new Response(answer.body, { status: answer.status, headers: [...headers] })
}

/** `options` are miniflare's. */
export async function serveWorker({ build, Miniflare, Response }, entry, options) {
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
    outboundService: outboundBy(Response),
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
