/**
 * Runs the Worker under workerd on `PORT` (default 8787; 0 for any). Start it with `access-emulator run --saas NAME`, which
 * sets the variables of the SaaS application.
 */
import { miniflareOptions } from 'cloudflare-access-emulator/miniflare'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { serveWorker } from '../worker/serve-worker.mjs'

const { PORT = '8787', WORKER_URL = `http://127.0.0.1:${PORT}` } = process.env
const access = Object.fromEntries(
  ['ACCESS_ISSUER', 'ACCESS_CLIENT_ID', 'ACCESS_CLIENT_SECRET'].map((name) => {
    const value = process.env[name]
    if (!value) throw new Error(`${name} is not set. Start this with: access-emulator run --saas NAME -- …`)
    return [name, value]
  }),
)

const { outboundService } = await miniflareOptions()

await serveWorker({ build, Miniflare }, new URL('worker.js', import.meta.url), {
  outboundService,
  bindings: { ...access, WORKER_URL },
  kvNamespaces: ['OAUTH_KV'],
  port: Number(PORT),
})
