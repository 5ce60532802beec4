/** The official `cloudflare` client through its base-URL option, as an independent witness. */
import { describe, expect, test } from 'vitest'
import { once } from '../../contracts/declaration/endpoint.ts'
import { readOfficialDocument } from '../contracts/official-document.ts'
import { beyondDocument, keyDifferences, notInClient, onlyRefuses } from './known-differences.ts'
import { accountLifeCycles } from './life-cycles/account.ts'
import { applicationLifeCycles } from './life-cycles/applications.ts'
import { infrastructureLifeCycles } from './life-cycles/infrastructure.ts'
import { mcpLifeCycles } from './life-cycles/mcp.ts'
import { policyAndProviderLifeCycles } from './life-cycles/policies-and-providers.ts'
import { resourceLifeCycles } from './life-cycles/resources.ts'
import { samlLifeCycles } from './life-cycles/saml.ts'
import { serviceTokenLifeCycles } from './life-cycles/service-tokens.ts'
import { smallResourceLifeCycles } from './life-cycles/small-resources.ts'
import { userLifeCycles } from './life-cycles/users.ts'
import { zoneLifeCycles } from './life-cycles/zone.ts'
import { createChecker } from './official-answers.ts'
import { type LifeCycle, openWitness } from './official-client.ts'
import { declaredCalls, type Seen } from './recorder.ts'

/** Each runs once, for whichever test comes first: their combined coverage is asserted too. */
const lifeCycles = [
  ...resourceLifeCycles,
  ...applicationLifeCycles,
  ...policyAndProviderLifeCycles,
  ...serviceTokenLifeCycles,
  ...accountLifeCycles,
  ...userLifeCycles,
  ...smallResourceLifeCycles,
  ...infrastructureLifeCycles,
  ...samlLifeCycles,
  ...mcpLifeCycles,
  ...zoneLifeCycles,
].map((one) => ({ title: one.title, play: once(() => play(one)) }))

async function play({ seed, drive }: LifeCycle): Promise<readonly Seen[]> {
  const witness = await openWitness(seed)
  try {
    await drive(witness)
    return witness.seen
  } finally {
    await witness.emulator.close()
  }
}

async function everythingSeen(): Promise<Seen[]> {
  return (await Promise.all(lifeCycles.map(({ play }) => play()))).flat()
}

/** `GET /accounts` and so on, and which client got the declared success from it. */
async function driven(): Promise<Record<string, string>> {
  const pairs = (await everythingSeen()).flatMap(({ by, call, status }) =>
    call !== undefined && status === call.endpoint.status ? [[call.name, by] as const] : [],
  )
  return Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

describe('the official client drives', () => {
  test.each(lifeCycles)('$title', async ({ play }) => {
    expect((await play()).length).toBeGreaterThan(0)
  })

  test('every built operation to its success, in each of its scopes', async () => {
    const witnesses = await driven()
    const byFetch = new Set(Object.keys(notInClient))
    const expected = declaredCalls
      .filter(({ endpoint }) => onlyRefuses[endpoint.id] === undefined)
      .map(
        ({ name, endpoint }) => [name, byFetch.has(endpoint.id) ? 'fetch' : 'cloudflare'] as const,
      )
    expect(witnesses).toEqual(Object.fromEntries(expected))
  })

  test('what docs/operations.md says it drives', async () => {
    const list = `${JSON.stringify(await driven(), null, 2)}\n`
    await expect(list).toMatchFileSnapshot('driven.json')
  })
})

const checker = createChecker(readOfficialDocument())

describe('every answer that the official client was given', () => {
  const findings = async () =>
    (await everythingSeen()).flatMap(({ call, status, body }) => {
      if (call === undefined) throw new Error('an undeclared operation was driven')
      if (beyondDocument.test(call.name)) return []
      return [{ call: call.name, ...checker.check({ call: call.name, status, body }) }]
    })

  test('is one by the official document', async () => {
    const found = await findings()
    expect(found.length).toBeGreaterThan(100)
    expect(
      found.flatMap(({ call, breaches }) => breaches.map((breach) => `${call} ${breach}`)),
    ).toEqual([])
  })

  test('has no key that its schema does not know, but those listed with a reason', async () => {
    const unknown = (await findings()).flatMap(({ call, unknownKeys }) =>
      unknownKeys.map((key) => ({ call, key: key.replace(/^result\[\]/, 'result') })),
    )
    const explained = ({ call, key }: (typeof unknown)[number]) =>
      keyDifferences.filter(({ calls, keys }) => calls.test(call) && keys.includes(key))
    const unexplained = unknown.filter((one) => explained(one).length === 0)
    expect(unexplained.map(({ call, key }) => `${call} ${key}`)).toEqual([])
    // Entries that no longer explain anything must be removed.
    const used = new Set(
      unknown.flatMap((one) => explained(one).map(({ calls }) => `${calls} ${one.key}`)),
    )
    const listed = keyDifferences.flatMap(({ calls, keys }) => keys.map((key) => `${calls} ${key}`))
    expect(listed.filter((one) => !used.has(one))).toEqual([])
  })
})
