/** Runs the Worker under workerd on `PORT` (default 8787; 0 for any). Start it with `access-emulator run`. */
import { build } from 'esbuild'
import { Miniflare, Response } from 'miniflare'
import { serveWorker } from './serve-worker.mjs'

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

await serveWorker({ build, Miniflare, Response }, new URL('worker.js', import.meta.url), {
  bindings: { TEAM_DOMAIN, POLICY_AUD: process.env.POLICY_AUD ?? (await audienceOf(APPLICATION)) },
  port: Number(PORT),
})
