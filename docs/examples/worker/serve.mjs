/** Runs the Worker under workerd on `PORT` (default 8787; 0 for any). Start it with `access-emulator run`. */
import { miniflareOptions } from 'cloudflare-access-emulator/miniflare'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { serveWorker } from './serve-worker.mjs'

const { APPLICATION = 'machines.example.com', PORT = '8787' } = process.env

await serveWorker({ build, Miniflare }, new URL('worker.js', import.meta.url), {
  ...(await miniflareOptions({ application: APPLICATION })),
  port: Number(PORT),
})
