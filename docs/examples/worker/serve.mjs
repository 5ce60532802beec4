/** Runs the Worker under workerd, on `PORT` (8787; 0 for any). To be started under `access-emulator run`. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare, Response } from 'miniflare'

const { APPLICATION = 'machines.example.com', PORT = '8787' } = process.env
const TEAM_DOMAIN = process.env.TEAM_DOMAIN ?? 'https://example-team.cloudflareaccess.com'

/** As a deploy script would, from the API under its real name. */
async function audienceOf(domain) {
  const { CLOUDFLARE_BASE_URL, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN } = process.env
  const applications = `${CLOUDFLARE_BASE_URL}/accounts/${CLOUDFLARE_ACCOUNT_ID}/access/apps`
  const answer = await fetch(`${applications}?domain=${encodeURIComponent(domain)}`, {
    headers: { authorization: `Bearer ${CLOUDFLARE_API_TOKEN}` },
  })
  const { result, errors } = await answer.json()
  const [application] = result ?? []
  if (application === undefined) throw new Error(`No application ${domain}: ${JSON.stringify(errors)}`)
  return application.aud
}

/** workerd follows no proxy, so Node asks in its place: real name, CONNECT, TLS verified. Nothing else goes out. */
async function outbound(request) {
  const { method, body } = request
  const answer = await fetch(request.url, {
    method,
    headers: [...request.headers],
    redirect: 'manual',
    ...(body === null ? {} : { body, duplex: 'half' }),
  })
  const headers = new Headers(answer.headers)
  // What `fetch` hands over is decoded.
  for (const name of ['content-encoding', 'content-length']) headers.delete(name)
  return new Response(answer.body, { status: answer.status, headers: [...headers] })
}

const bundle = await build({
  entryPoints: [fileURLToPath(new URL('worker.js', import.meta.url))],
  bundle: true,
  format: 'esm',
  conditions: ['workerd'],
  write: false,
})
const worker = new Miniflare({
  modules: true,
  script: bundle.outputFiles[0].text,
  compatibilityDate: '2026-01-01',
  bindings: { TEAM_DOMAIN, POLICY_AUD: process.env.POLICY_AUD ?? (await audienceOf(APPLICATION)) },
  outboundService: outbound,
  host: '127.0.0.1',
  port: Number(PORT),
  // Otherwise it asks Cloudflare for an example of `request.cf`.
  cf: false,
})
console.log(`The Worker listens on ${(await worker.ready).origin}`)

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await worker.dispose()
    process.exit()
  })
}
