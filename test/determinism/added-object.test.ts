/** One extra object, created first: where it shows up, and that nothing else changes. */
import { decodeJwt } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { openWire, type WireAnswer } from '../support/wire.ts'
import { type Recorded, runScript } from './script.ts'

const options = { seed: 'example', at: '2026-11-24T12:00:00Z', entropy: 'demo' } as const

function scriptOn(emulator: Emulator): Promise<Recorded[]> {
  const { id, api_token } = emulator.account
  return runScript({ url: emulator.url, account_id: id, api_token })
}

const added = {
  type: 'self_hosted',
  name: 'Added first',
  domain: 'added-first.example.com',
  policies: [{ name: 'Added first', decision: 'allow', include: [{ everyone: {} }] }],
}

async function addTo(emulator: Emulator): Promise<WireAnswer> {
  const wire = openWire(emulator.url)
  const { id, api_token } = emulator.account
  const answer = await wire.send({
    method: 'POST',
    host: 'api.cloudflare.com',
    path: `/client/v4/accounts/${id}/access/apps`,
    headers: [
      ['authorization', `Bearer ${api_token}`],
      ['content-type', 'application/json'],
    ],
    body: JSON.stringify(added),
  })
  wire.close()
  expect(answer.status).toBe(201)
  return answer
}

const rayOf = (answer: WireAnswer) => answer.header('cf-ray') ?? ''
const hexOf = (ray: string) => ray.slice(0, 16)

/** The session cookie of the login redirect and the audit log id are made from the ray, and `meta` has a digest of it. */
function withoutSession(text: string): string {
  return text
    .replaceAll(/(CF_AppSession=|cf-auditlog-id: )[^;\s]*/g, '$1')
    .replaceAll(/meta=([\w-]+\.[\w-]+\.[\w-]+)/g, (_, meta: string) => {
      const { app_session: _digest, ...claims } = decodeJwt(meta)
      return `meta=${JSON.stringify(claims)}`
    })
}

/** Rows that are the added object, its policy, its counters, its entry in the journal; and a list's figures. */
function withoutAdded(value: unknown, isAdded: (text: string) => boolean): unknown {
  if (Array.isArray(value)) {
    return value
      .map((each) => withoutAdded(each, isAdded))
      .filter((each) => !isAdded(JSON.stringify(each)))
  }
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, each]) => [
    name,
    name === 'result_info' ? undefined : withoutAdded(each, isAdded),
  ])
  return Object.fromEntries(members)
}

describe('An application that is made first', () => {
  /** The answers without it, that to its making, and those after it. */
  let plain: readonly Recorded[]
  let first: WireAnswer
  let shifted: readonly Recorded[]
  beforeAll(async () => {
    const [without, emulator] = [await createEmulator(options), await createEmulator(options)]
    plain = await scriptOn(without)
    first = await addTo(emulator)
    shifted = await scriptOn(emulator)
    await Promise.all([without.close(), emulator.close()])
  })

  test('shifts the rays of its account by one, and those of no other', () => {
    expect(shifted).toHaveLength(plain.length)
    const pairs = plain.map((answer, index) => [rayOf(answer), rayOf(shifted[index] ?? answer)])
    const own = pairs.filter(([a, b]) => a !== b)
    const unshifted = pairs.filter(([a, b]) => a === b)
    const before = own.map(([a]) => a)
    const after = own.map(([, b]) => b)
    expect([rayOf(first), ...after.slice(0, -1)]).toEqual(before)
    // Answers of the control API and to strangers, and those of the other account that the script makes.
    expect(unshifted.length).toBeGreaterThan(30)
    expect(before.length).toBeGreaterThan(100)
  })

  test('shows up only where it is listed; every other byte stays the same', () => {
    const { result } = JSON.parse(first.body.toString()) as {
      result: { id: string; policies: { id: string }[] }
    }
    const marks = [
      result.id,
      ...result.policies.map(({ id }) => id),
      added.name,
      added.domain,
      // Its entry in the journal.
      rayOf(first),
    ]
    const isAdded = (text: string) => marks.some((mark) => text.includes(mark))

    const renamed = new Map(
      plain.map((answer, index) => [hexOf(rayOf(shifted[index] ?? answer)), hexOf(rayOf(answer))]),
    )
    const asBefore = (text: string) =>
      withoutSession(text).replaceAll(/\b[0-9a-f]{16}\b/g, (ray) => renamed.get(ray) ?? ray)

    const told: string[] = []
    for (const [index, answer] of plain.entries()) {
      const other = shifted[index]
      if (other === undefined) throw new Error(`no answer to ${answer.label}`)
      const plainHead = withoutSession(answer.head)
      const plainBody = answer.body.toString('latin1')
      const otherBody = other.body.toString('latin1')
      if (asBefore(otherBody) === plainBody) {
        expect(asBefore(other.head), answer.label).toBe(plainHead)
        continue
      }
      told.push(
        answer.label.replace(/^\d+\. (\w+) \S+?\/(client\/v4\/accounts\/\w+|__access)/, '$1 '),
      )
      expect(isAdded(otherBody), answer.label).toBe(true)
      const rest = JSON.stringify(withoutAdded(JSON.parse(otherBody), isAdded))
      expect(JSON.parse(asBefore(rest)), answer.label).toEqual(
        withoutAdded(JSON.parse(plainBody), () => false),
      )
      const heads = [plainHead, asBefore(other.head)]
      const withoutLength = heads.map((head) => head.replace(/content-length: \d+/, ''))
      expect(withoutLength[1], answer.label).toBe(withoutLength[0])
    }
    expect([...new Set(told)].sort()).toEqual(['GET /access/apps', 'GET /journal', 'GET /state'])
  })
})
