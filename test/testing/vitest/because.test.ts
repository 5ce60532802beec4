/** What the emulator's explanation proves about each failure mode, in each profile: never a wrong cause. */
import { expect, test } from 'vitest'
import type { Profile } from '../../../contracts/behaviours/table.ts'
import { type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import type { Mode } from '../../../contracts/modes/mode.ts'
import { createEmulator } from '../../../emulator/index.ts'
import { causesOf } from '../../../emulator/instance/refusal-causes.ts'
import { send } from '../../contracts/modes/send.ts'

type Named = Readonly<Partial<Record<ModeId, ModeId>>>

const everywhere: Named = {
  'host-unmatched-denied': 'host-unmatched-denied',
  'worker-websocket-refused': 'worker-websocket-refused',
  'token-wrong-secret': 'token-wrong-secret',
  'token-unknown': 'token-unknown',
  'token-expired': 'token-expired',
  'token-disabled': 'token-disabled',
  'token-rotated': 'token-rotated',
  'token-header-missing': 'token-header-missing',
  'token-not-included': 'token-not-included',
  'policy-require-fails': 'policy-require-fails',
  'policy-exclude-matches': 'policy-exclude-matches',
  'policy-missing': 'policy-missing',
  'preflight-refused': 'preflight-refused',
  'cookie-overflow': 'cookie-overflow',
  'jwt-as-bearer': 'jwt-as-bearer',
  'jwt-expired': 'jwt-expired',
  'jwt-other-application': 'jwt-other-application',
  'jwt-revoked': 'jwt-revoked',
  'jwt-without-binding-cookie': 'jwt-without-binding-cookie',
  'login-identity-refused': 'login-identity-refused',
  // What is left of them now, regardless of earlier events.
  'application-recreated': 'policy-missing',
  'token-deleted': 'token-unknown',
  'token-header-malformed': 'token-unknown',
  // The refusal is the pair's; how it is answered, or what came beside it, is not why.
  'answer-401-by-setting': 'token-wrong-secret',
}

/** `policy-block-first` is a cause only where the policy behind the block would admit the request. */
const named: readonly (readonly [Profile, Named])[] = [
  ['expected', { ...everywhere, 'policy-block-first': 'policy-block-first' }],
  [
    'observed',
    {
      ...everywhere,
      'token-under-allow': 'token-under-allow',
      'jwt-replay-refused': 'jwt-replay-refused',
    },
  ],
  [
    'strict',
    {
      ...everywhere,
      'token-both-headers': 'token-both-headers',
      'token-under-allow': 'token-under-allow',
      'policy-block-first': 'token-under-allow',
      'jwt-replay-refused': 'jwt-replay-refused',
      'cookie-ignored-strict': 'token-wrong-secret',
    },
  ],
]

const withoutFault = Object.entries<Mode>(modes).flatMap(([id, { setup }]) =>
  setup.faults === undefined ? [id] : [],
)

test.each(named)(
  'in %s an explanation names the cause of a refusal, or none',
  async (profile, wanted) => {
    const emulator = await createEmulator({ seed: 'example', profile })
    const found: Record<string, string> = {}
    for (const id of withoutFault) {
      const { request } = await emulator.control.setMode({ params: { id } })
      const { ray } = await send(emulator, request)
      const { result } = await emulator.control.readJournal()
      const entry = result.findLast((one) => one.ray === ray)
      if (entry !== undefined) {
        const explanation = await emulator.control.explain({ body: { ray } })
        const causes = causesOf({ explanation, entry })
        if (causes.length > 0) found[id] = causes.join(', ')
      }
      await emulator.reset()
    }
    await emulator.close()
    expect(found).toEqual(wanted)
  },
)

const elsewhere = { ip: { ip: '192.0.2.0/24' } }
const anyAddress = [{ ip: { ip: '0.0.0.0/0' } }, { ip: { ip: '::/0' } }]
type Policies = (token: object, other: object) => readonly object[]

const made: readonly (readonly [string, Profile, Policies, readonly string[]])[] = [
  [
    'each of two policies, by its own list',
    'observed',
    (token) => [
      { decision: 'non_identity', include: [token], require: [elsewhere] },
      {
        decision: 'non_identity',
        include: [{ any_valid_service_token: {} }],
        exclude: [token],
      },
    ],
    ['policy-require-fails', 'policy-exclude-matches'],
  ],
  [
    'the policies that lack the token, not the require of one for people',
    'observed',
    (_, other) => [
      { decision: 'non_identity', include: [other] },
      { decision: 'allow', include: [{ everyone: {} }], require: [elsewhere] },
    ],
    ['token-not-included'],
  ],
  [
    'an Allow that includes the token, and not that another policy lacks it',
    'strict',
    (token, other) => [
      { decision: 'non_identity', include: [other] },
      { decision: 'allow', include: [token] },
    ],
    ['token-under-allow'],
  ],
  [
    'nothing for sure, where an Allow names an address alone',
    'strict',
    () => [{ decision: 'allow', include: anyAddress }],
    [],
  ],
]

test.each(made)('made by API calls, a refusal is for %s', async (_, profile, policies, wanted) => {
  const emulator = await createEmulator({ seed: 'empty', profile })
  const account = await emulator.control.createAccount({ body: { name: 'made' } })
  const post = async (path: string, body: object) => {
    const answer = await emulator.fetch(
      `${emulator.url}/client/v4/accounts/${account.id}/access/${path}`,
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${account.api_token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      },
    )
    expect(answer.ok).toBe(true)
    const { result } = (await answer.json()) as {
      result: { id: string; client_id: string; client_secret: string }
    }
    return result
  }
  const token = await post('service_tokens', { name: 'sent' })
  const other = await post('service_tokens', { name: 'other' })
  const including = ({ id }: { id: string }) => ({ service_token: { token_id: id } })
  const host = `app.${account.zones[0]?.name}`
  await post('apps', {
    type: 'self_hosted',
    domain: host,
    policies: policies(including(token), including(other)).map((policy, index) => ({
      name: `policy ${index}`,
      ...policy,
    })),
  })
  const { ray } = await send(emulator, {
    method: 'GET',
    url: `https://${host}/`,
    headers: {
      'CF-Access-Client-Id': token.client_id,
      'CF-Access-Client-Secret': token.client_secret,
    },
  })
  const [entry] = (await emulator.control.readJournal({ query: { ray } })).result
  const explanation = await emulator.control.explain({ body: { ray } })
  await emulator.close()
  expect(entry && causesOf({ entry, explanation })).toEqual(wanted)
})
