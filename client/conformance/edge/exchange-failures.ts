/** Cases of a failed exchange, in the profile that has the endpoint (emulator-exchange-failures). */
import { edge, headerNames } from '../../../contracts/edge/endpoints.ts'
import { type Arranged, arrange, wrong } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { atEdge } from '../define.ts'
import { holds, present, same } from '../difference.ts'
import { type AskedEdge, type EdgeAsking, expects } from '../edge-answer.ts'
import { exchange, exchangeOnTeam } from './exchange-call.ts'

const { serviceAuth } = edge
const assumed = {
  evidence: 'assumed',
  source: ['emulator-exchange-failures'],
  profiles: ['expected'],
} as const

/** Sets up what fails, and sends the request. */
type Failing = (target: CaseTarget, arranged: Arranged) => Promise<AskedEdge>

/** On the host of application M, with the pair that its policy names unless stated otherwise. */
function here(asking: (arranged: Arranged) => EdgeAsking): Failing {
  return (target, arranged) => {
    const { url, token } = arranged
    return exchange(target, url, { pair: token, ...asking(arranged) })
  }
}

/** The status is that of the table of failures. */
const failing: readonly (readonly [what: string, status: number, code: string, Failing])[] = [
  ['no headers', 401, 'credentials_missing', (target, { url }) => exchange(target, url, {})],
  [
    'only the client id',
    401,
    'credentials_missing',
    (target, { url, token }) => {
      const headers = { [headerNames.clientId]: token.client_id }
      return exchange(target, url, { headers })
    },
  ],
  ['a wrong secret', 401, 'credentials_invalid', here(({ token }) => ({ pair: wrong(token) }))],
  [
    'an unknown client id',
    401,
    'credentials_invalid',
    here(({ token }) => ({ pair: { ...token, client_id: `${'0'.repeat(32)}.access` } })),
  ],
  [
    'a disabled service token',
    401,
    'credentials_invalid',
    async (target, { url, token }) => {
      const at = { service_token_id: token.id, body: { enabled: false } }
      await target.api.serviceTokens.replace(at)
      return exchange(target, url, { pair: token })
    },
  ],
  [
    'a rotated secret',
    401,
    'credentials_invalid',
    async (target, { url, token }) => {
      await target.api.serviceTokens.rotate({ service_token_id: token.id })
      return exchange(target, url, { pair: token })
    },
  ],
  ['half a JSON body', 400, 'body_invalid', here(() => ({ body: '{"aud":' }))],
  ['a list as body', 400, 'body_invalid', here(() => ({ body: '[]' }))],
  ['an aud that is no text', 400, 'body_invalid', here(() => ({ body: '{"aud":7}' }))],
  [
    'no aud on the team host',
    400,
    'aud_required',
    (target, { token }) => exchange(target, `https://${target.team}`, { pair: token }),
  ],
  [
    'several applications on the host',
    400,
    'aud_required',
    async (target, { token }) => {
      const host = `${target.name('several')}.${target.zone.name}`
      for (const path of ['/one', '/two']) await arrange(target, 'M', { domain: host + path })
      return exchange(target, `https://${host}`, { pair: token })
    },
  ],
  [
    'an AUD tag that nothing has',
    404,
    'aud_unknown',
    (target, { token }) => exchangeOnTeam(target, 'f'.repeat(64), { pair: token }),
  ],
  [
    'the AUD tag of another host',
    400,
    'aud_mismatch',
    async (target, { url, token }) => {
      const { application } = await arrange(target, 'M')
      const body = JSON.stringify({ aud: application.aud })
      return exchange(target, url, { pair: token, body })
    },
  ],
  [
    'a pair that no policy names',
    403,
    'not_authorized',
    async (target, { url }) => exchange(target, url, { pair: (await arrange(target, 'M')).token }),
  ],
]

const failures = failing.map(([what, status, code, asking]) =>
  atEdge(serviceAuth, what, {
    title: `${what} is refused with ${status} ${code}`,
    ...assumed,
    async run(target) {
      const answer = await asking(target, await arrange(target, 'M'))
      const { error } = Object(answer.json) as { readonly error?: unknown }
      holds(error, { status, code, ray_id: answer.ray?.slice(0, 16) }, 'error')
      same(Object.keys(Object(answer.json)), ['error'], 'members of the body')
      same(Object.keys(Object(error)), ['status', 'code', 'message', 'ray_id'], 'members')
      same(answer.headers.get('cache-control'), 'no-store', 'cache-control')
      expects(answer, { status, cookies: [], isMarkedExpected: true })
    },
  }),
)

function errorWithoutRay({ json }: AskedEdge): object {
  const { ray_id: _, ...rest } = Object(Object(json).error) as { readonly ray_id?: string }
  return rest
}

const expiry = atEdge(serviceAuth, 'an expired service token', {
  title: 'an expired service token gets the same answer as any other bad pair',
  ...assumed,
  needs: ['clock'],
  async run(target) {
    const { url, token } = await arrange(target, 'M')
    const wrongly = await exchange(target, url, { pair: wrong(token) })
    await present(target.clock, 'clock').advance(366 * 86_400)
    const expired = await exchange(target, url, { pair: token })
    same(errorWithoutRay(expired), errorWithoutRay(wrongly), 'error')
  },
})

export const exchangeFailureCases: readonly Case[] = [...failures, expiry]
