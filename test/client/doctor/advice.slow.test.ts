/**
 * When an emulator refuses a request, the doctor only suggests fixes that were tried: carrying out the first one lets
 * the request in.
 */
import { expect, onTestFinished, test } from 'vitest'
import { profiles } from '../../../contracts/behaviours/table.ts'
import { type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import type { Mode } from '../../../contracts/modes/mode.ts'
import { createEmulator } from '../../../emulator/index.ts'
import { carryOut, type Hands, placeHeaders, type Sent } from '../../support/apply-advice.ts'
import { situations } from './cases.ts'
import { examine, wantedOf } from './matrix.ts'
import { doctorFixture, type Fixture, pairHeaders, type Situation, targetOf } from './situation.ts'
import { type Variant, variants } from './variants.ts'

/** Modes in which policies or account settings refuse a request that the doctor sends. */
const refusals: readonly ModeId[] = [
  'token-wrong-secret',
  'token-unknown',
  'token-expired',
  'token-disabled',
  'token-deleted',
  'token-rotated',
  'token-under-allow',
  'token-not-included',
  'policy-require-fails',
  'policy-exclude-matches',
  'policy-block-first',
  'policy-missing',
  'application-recreated',
  'host-unmatched-denied',
  'answer-401-by-setting',
  'jwt-replay-refused',
  'jwt-revoked',
  'jwt-without-binding-cookie',
]

function sentIn({ pair, observed }: Situation, isToken: boolean): Sent {
  const cookie = observed?.[0]?.headers?.cookie ?? ''
  const token = isToken ? /CF_Authorization=([^;]+)/.exec(cookie)?.[1] : undefined
  if (token !== undefined) return { token }
  const { client_id = '', client_secret = '' } = pair ?? {}
  return { pair: { client_id, client_secret } }
}

async function handsOf(fixture: Fixture, id: ModeId, { url, pair }: Situation): Promise<Hands> {
  const { api, emulator, pairOf, tokenFor } = fixture
  const host = new URL(url).hostname
  let app_id = ''
  for await (const application of api.applications.list()) {
    if (application.domain?.split('/')[0] === host) app_id = application.id
  }
  return {
    control: emulator.control,
    api,
    host,
    app_id,
    // The secret of a rotation made elsewhere is unknown: make another one.
    pairOf: async (token_id) =>
      (id === 'token-rotated' ? undefined : pairOf(token_id)) ??
      (await api.serviceTokens.rotate({ service_token_id: token_id })),
    async issue() {
      if (id !== 'jwt-without-binding-cookie') return { token: await tokenFor(url, pair ?? {}) }
      const body = { email: 'ada@example.com', application: host }
      const { cookie } = await emulator.control.createSession({ body })
      const [, token = '', binding = ''] =
        /CF_Authorization=([^;]+); CF_Binding=(\w+)/.exec(cookie ?? '') ?? []
      return { token, binding }
    },
  }
}

async function status({ emulator }: Fixture, url: string, sent: Sent): Promise<number> {
  const headers = {
    ...placeHeaders(sent),
    ...pairHeaders(sent.pair ?? {}),
    ...(sent.token && {
      cookie: `CF_Authorization=${sent.token}; CF_Binding=${sent.binding ?? ''}`,
    }),
  }
  return (await emulator.fetch(url, { headers, redirect: 'manual' })).status
}

const cases: readonly Omit<Variant, 'how'>[] = [
  ...Object.entries(situations).map(([id, make]) => ({ id: id as ModeId, make })),
  ...variants,
]

test.each(profiles)(
  'the first fix of every refusal works in profile %s',
  async (profile) => {
    const emulator = await createEmulator({ seed: 'example', profile, at: '2026-01-02T03:04:05Z' })
    onTestFinished(() => emulator.close())
    const wrongs: unknown[] = []
    const proven = new Set<ModeId>()
    const hasMode = (id: ModeId) => (modes[id] as Mode).answer[profile].absent === undefined
    for (const { id, make } of cases) {
      if (!refusals.includes(id) || !hasMode(id)) continue
      await emulator.reset()
      const fixture = doctorFixture(emulator, profile)
      const world = await make(fixture)
      if (world === undefined) continue
      const [input = 'edge'] = wantedOf(id)[0] ?? []
      const { causes, untried } = await examine(
        { emulator, target: targetOf(fixture) },
        world,
        input,
      )
      const cause = causes.find(({ advice }) => advice !== undefined)
      const [first] = cause?.advice ?? []
      if (cause === undefined || first === undefined) {
        wrongs.push({ id, untried, cause })
        continue
      }
      const sent = sentIn(world, cause.id.startsWith('jwt-'))
      const before = await status(fixture, world.url, sent)
      const better = await carryOut(await handsOf(fixture, id, world), sent, first.changes)
      const after = await status(fixture, world.url, better)
      if (before === 200 || after !== 200) wrongs.push({ id, first, before, after })
      proven.add(id)
    }
    expect(wrongs).toEqual([])
    expect(refusals.filter((id) => hasMode(id) && !proven.has(id))).toEqual([])
  },
  60_000,
)
