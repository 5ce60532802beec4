/** In one process: `reset()` of an account of 1,000 objects, each time after some of them have changed. */
import { multiplied } from '../seeds.mjs'

const [entry, count] = process.argv.slice(2)
const { createEmulator } = await import(entry)

// An account has one organization and so on beside; 475 applications with a policy each, and 50 tags, make 1,000.
const tags = Array.from({ length: 50 }, (_, at) => ({ name: `tag-${at}` }))
const applications = Array.from({ length: 475 }, (_, at) => ({
  type: 'self_hosted',
  name: `Application ${at}`,
  domain: `app-${at}.example.com`,
  policies: [
    { name: `Policy ${at}`, decision: 'non_identity', include: [{ any_valid_service_token: {} }] },
  ],
}))
const account = {
  name: 'Large',
  zones: [{ name: 'example.com' }],
  organization: { name: 'Large', auth_domain: 'large.cloudflareaccess.com' },
  tags,
  applications,
}
const emulator = await createEmulator({ seed: { accounts: [account] } })
const snapshot = await call('GET', 'state')
const { applications: apps, policies, tags: labels } = snapshot
const objects = apps.length + policies.length + labels.length
const other = JSON.stringify(multiplied(snapshot, 475))

const inProcess = []
const overHttp = []
const clone = []
const health = []
for (let turn = 0; turn < Number(count); turn++) {
  inProcess.push(await timed(() => emulator.reset()))
  clone.push(await timed(() => structuredClone(snapshot)))
  overHttp.push(await timed(() => call('POST', 'reset')))
  health.push(await timed(() => call('GET', 'health')))
}
await emulator.close()
process.stdout.write(`${JSON.stringify({ objects, inProcess, clone, overHttp, health })}\n`)

async function call(method, path, body) {
  const headers = { 'content-type': 'application/json' }
  const url = `${emulator.url}/__access/${path}`
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) })
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status}`)
  return answer.json()
}

async function timed(act) {
  // Every application and policy is another one, as after a test that changed everything.
  await call('PUT', 'state', other)
  const before = process.cpuUsage()
  const began = performance.now()
  await act()
  const took = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  return { took, processor: (user + system) / 1000 }
}
