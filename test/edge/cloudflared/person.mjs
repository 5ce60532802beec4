/**
 * Runs cloudflared, and is the person in front of it: opens the address that it prints, signs in by One-time PIN, and
 * approves. A program of its own, so that `access-emulator run` can be around it.
 *
 * `node person.mjs CLOUDFLARED HOME EMAIL -- ARGUMENTS…`, several commands with `--` between them. Prints JSON: for each
 * command its exit code, what it said, and the titles of the pages that the person saw. `PERSON_TYPES` is what they type
 * into it, and `PERSON_CA` the host whose application gets a CA for SSH certificates first.
 */
import { spawn } from 'node:child_process'

const [cloudflared, home, email, ...rest] = process.argv.slice(2)
const commands = []
for (const word of rest) {
  if (word === '--') commands.push([])
  else commands.at(-1).push(word)
}

const cookies = new Map()

async function open(url, init = {}) {
  for (let address = new URL(url), sent = init, hops = 0; hops < 15; hops += 1) {
    const held = [...(cookies.get(address.hostname) ?? [])].map(
      ([name, value]) => `${name}=${value}`,
    )
    const headers = held.length === 0 ? {} : { cookie: held.join('; ') }
    const answer = await fetch(address, { ...sent, headers, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(';')
      const at = pair.indexOf('=')
      const kept = cookies.get(address.hostname) ?? new Map()
      cookies.set(address.hostname, kept.set(pair.slice(0, at), pair.slice(at + 1)))
    }
    const location = answer.headers.get('location')
    if (location === null) return { url: address, text: await answer.text() }
    address = new URL(location, address)
    sent = {}
  }
  throw new Error(`too many redirects from ${url}`)
}

const unescaped = (text) =>
  text.replace(
    /&(lt|gt|quot|#39|amp);/g,
    (_, name) => ({ lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' })[name],
  )

function submit({ url, text }, fields) {
  const action = unescaped(/<form method="post" action="([^"]*)">/.exec(text)?.[1] ?? '')
  const hidden = [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
  const body = new URLSearchParams(hidden.map(([, name, value]) => [name, unescaped(value)]))
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  return open(new URL(action, url), { method: 'POST', body })
}

async function approve(url) {
  const titles = []
  const seen = (page) => {
    titles.push(/<h1>(.*?)<\/h1>/.exec(page.text)?.[1])
    return page
  }
  let page = seen(await open(url))
  if (page.text.includes('name="email"')) {
    page = seen(await submit(page, { email }))
    page = seen(await submit(page, { code: /<output>(\d{6})<\/output>/.exec(page.text)[1] }))
  }
  if (page.text.includes('<button>Approve</button>')) seen(await submit(page, {}))
  return titles
}

function run(words) {
  return new Promise((resolve, reject) => {
    const child = spawn(cloudflared, words, { env: { ...process.env, HOME: home } })
    const said = { stdout: '', stderr: '' }
    let pages
    // A stream ends when the other side has said all: cloudflared would not wait for it.
    if (process.env.PERSON_TYPES === undefined) child.stdin.end()
    else child.stdin.on('error', () => {}).write(process.env.PERSON_TYPES)
    child.stdout.on('data', (data) => {
      said.stdout += data
    })
    child.stderr.on('data', (data) => {
      said.stderr += data
      const url = /^https:\/\/\S*\/cdn-cgi\/access\/cli\?\S*$/m.exec(said.stderr)?.[0]
      if (url !== undefined && said.stderr.includes(`${url}\n`)) pages ??= approve(url)
    })
    child.once('error', reject)
    child.once('close', async (code) => resolve({ code, ...said, pages: (await pages) ?? [] }))
  })
}

/** Has the application on this host sign SSH certificates. */
async function makeCa(domain) {
  const { CLOUDFLARE_BASE_URL, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN } = process.env
  const apps = `${CLOUDFLARE_BASE_URL}/accounts/${CLOUDFLARE_ACCOUNT_ID}/access/apps`
  const headers = { authorization: `Bearer ${CLOUDFLARE_API_TOKEN}` }
  const { result } = await (await fetch(`${apps}?domain=${domain}`, { headers })).json()
  await fetch(`${apps}/${result[0].id}/ca`, { method: 'POST', headers })
}

if (process.env.PERSON_CA !== undefined) await makeCa(process.env.PERSON_CA)
const results = []
for (const words of commands) results.push(await run(words))
process.stdout.write(JSON.stringify(results))
