/** Runs the Worker under workerd on `PORT` (default 8787; 0 for any). Start it with `access-emulator run`. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare, Response } from 'miniflare'

const { APPLICATION = 'machines.example.com', PORT = '8787' } = process.env
const TEAM_DOMAIN = process.env.TEAM_DOMAIN ?? 'https://example-team.cloudflareaccess.com'

/** Looks up the AUD tag as a deploy script would, from the API under its real name. */
async function audienceOf(domain) {
  const { CLOUDFLARE_BASE_URL, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN } = process.env
  const applications = `${CLOUDFLARE_BASE_URL}/accounts/${CLOUDFLARE_ACCOUNT_ID}/access/apps`
  const answer = await fetch(`${applications}?domain=${encodeURIComponent(domain)}`, {
    headers: { authorization: `Bearer ${CLOUDFLARE_API_TOKEN}` },
  })
  const { result, errors } = await answer.json()
  const [application] = result ?? []
  if (application === undefined) throw new Error(`There is no application ${domain}: ${JSON.stringify(errors)}`)
  return application.aud
}

/** workerd ignores proxies, so Node fetches in its place: real name, CONNECT, verified TLS. All other traffic stays local. */
async function outbound(request) {
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
  // Otherwise miniflare fetches an example of `request.cf` from Cloudflare.
  cf: false,
})
console.log(`The Worker listens on ${(await worker.ready).origin}`)

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await worker.dispose()
    process.exit()
  })
}
