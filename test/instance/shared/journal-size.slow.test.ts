/** What the journal of an account keeps of requests that take much to explain. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { adminToken, callsOf, group } from './calls.ts'

let emulator: Emulator
let calls: ReturnType<typeof callsOf>
beforeAll(async () => {
  emulator = await createEmulator({ shared: true, adminToken })
  calls = callsOf(emulator)
})
afterAll(() => emulator.close())

test('of what was decided by very many rules, the newest', async () => {
  const mine = await calls.take({ max_bytes: null })
  const domain = `rules.${mine.zones[0]?.name}`
  const { include } = group(15_000 * 50)
  const policies = [{ name: 'people', decision: 'allow', include }]
  const app = { type: 'self_hosted', name: 'rules', domain, policies }
  expect((await calls.api(mine, 'POST', 'apps', app)).status).toBe(201)
  const rays: string[] = []
  for (let index = 0; index < 16; index += 1) {
    const headers = {
      'cf-access-client-id': `${index}.access`,
      'cf-access-client-secret': 'none',
    }
    const answer = await emulator.fetch(`https://${domain}/`, { headers, redirect: 'manual' })
    rays.push(`${answer.headers.get('cf-ray')}`)
  }
  const { body } = await calls.control(mine, 'GET', `journal?host=${domain}`)
  const kept = body.result.map(({ ray }: { ray: string }) => ray)
  // 32 MiB for trails, of 160 bytes for each step.
  expect(kept).toEqual(rays.slice(-13))
  const why = await calls.control(mine, 'POST', 'explain', { ray: rays.at(-1) })
  expect([why.status, why.body.trail.length > 15_000]).toEqual([200, true])
})

test('of former rows, no more than 32 MiB', async () => {
  const mine = await calls.take()
  const domain = `rows.${mine.zones[0]?.name}`
  const app = { type: 'self_hosted', name: 'rows', domain, policies: [] }
  const made = await calls.api(mine, 'POST', 'apps', app)
  for (let index = 0; index < 40; index += 1) {
    const custom_deny_message = `${index} ${'x'.repeat(900_000)}`
    const path = `apps/${made.body.result.id}`
    expect((await calls.api(mine, 'PUT', path, { ...app, custom_deny_message })).status).toBe(200)
    await emulator.fetch(`https://${domain}/${index}`, { redirect: 'manual' })
  }
  const { body } = await calls.control(mine, 'GET', `journal?host=${domain}`)
  const paths = body.result.map(({ path }: { path: string }) => path)
  expect([paths.length, paths.at(-1)]).toEqual([37, '/39'])
})
