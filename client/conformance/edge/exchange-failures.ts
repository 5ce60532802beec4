/** Cases of a failed exchange, in the profile that has the endpoint (emulator-exchange-failures). */
import { edge, headerNames } from '../../../contracts/edge/endpoints.ts'
import { type Arranged, arrange, wrong } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { casesOf } from '../define.ts'
import { holds, present, same } from '../difference.ts'
import { type AskedEdge, isMarkedExpected } from '../edge-answer.ts'
import { exchange, onTeam } from './exchange-call.ts'

const { serviceAuth } = edge
const needs = ['write', 'hosts'] as const
const assumed = {
  evidence: 'assumed',
  source: ['emulator-exchange-failures'],
  profiles: ['expected'],
  needs,
} as const

type Failing = (target: CaseTarget, arranged: Arranged) => Promise<AskedEdge>

/** The request for each failure; the status is that of the table of failures. */
const failing: Readonly<Record<string, readonly [code: string, status: number, ask: Failing]>> = {
  'no headers': ['credentials_missing', 401, (target, { url }) => exchange(target, url, {})],
  'only the client id': [
    'credentials_missing',
    401,
    (target, { url, token }) => {
      const headers = { [headerNames.clientId]: token.client_id }
      return exchange(target, url, { headers })
    },
  ],
  'a wrong secret': [
    'credentials_invalid',
    401,
    (target, { url, token }) => exchange(target, url, { pair: wrong(token) }),
  ],
  'an unknown client id': [
    'credentials_invalid',
    401,
    (target, { url, token }) => {
      const client_id = `${'0'.repeat(32)}.access`
      return exchange(target, url, { pair: { ...token, client_id } })
    },
  ],
  'a disabled service token': [
    'credentials_invalid',
    401,
    async (target, { url, token }) => {
      const at = { service_token_id: token.id, body: { enabled: false } }
      await target.api.serviceTokens.replace(at)
      return exchange(target, url, { pair: token })
    },
  ],
  'a rotated secret': [
    'credentials_invalid',
    401,
    async (target, { url, token }) => {
      await target.api.serviceTokens.rotate({ service_token_id: token.id })
      return exchange(target, url, { pair: token })
    },
  ],
  'half a JSON body': [
    'body_invalid',
    400,
    (target, { url, token }) => exchange(target, url, { pair: token, body: '{"aud":' }),
  ],
  'a list as body': [
    'body_invalid',
    400,
    (target, { url, token }) => exchange(target, url, { pair: token, body: '[]' }),
  ],
  'an aud that is no text': [
    'body_invalid',
    400,
    (target, { url, token }) => exchange(target, url, { pair: token, body: '{"aud":7}' }),
  ],
  'no aud on the team host': [
    'aud_required',
    400,
    (target, { token }) => exchange(target, `https://${target.team}`, { pair: token }),
  ],
  'several applications on the host': [
    'aud_required',
    400,
    async (target, { token }) => {
      const host = `${target.name('several')}.${target.zone.name}`
      for (const path of ['/one', '/two']) await arrange(target, 'M', { domain: host + path })
      return exchange(target, `https://${host}`, { pair: token })
    },
  ],
  'an AUD tag that nothing has': [
    'aud_unknown',
    404,
    (target, { token }) => onTeam(target, 'f'.repeat(64), { pair: token }),
  ],
  'the AUD tag of another host': [
    'aud_mismatch',
    400,
    async (target, { url, token }) => {
      const { application } = await arrange(target, 'M')
      const body = JSON.stringify({ aud: application.aud })
      return exchange(target, url, { pair: token, body })
    },
  ],
  'a pair that no policy names': [
    'not_authorized',
    403,
    async (target, { url }) => {
      const { token } = await arrange(target, 'M')
      return exchange(target, url, { pair: token })
    },
  ],
}

const failures = casesOf(
  serviceAuth,
  Object.fromEntries(
    Object.entries(failing).map(([what, [code, status, asking]]) => [
      what,
      {
        ...assumed,
        title: `${what} is refused with ${status} ${code}`,
        async run(target: CaseTarget) {
          const answer = await asking(target, await arrange(target, 'M'))
          const { error } = Object(answer.json) as { readonly error?: unknown }
          holds(error, { status, code, ray_id: answer.ray?.slice(0, 16) }, 'error')
          same(Object.keys(Object(answer.json)), ['error'], 'members of the body')
          same(Object.keys(Object(error)), ['status', 'code', 'message', 'ray_id'], 'members')
          same(answer.status, status, 'status')
          same(answer.headers.get('cache-control'), 'no-store', 'cache-control')
          same(answer.cookies, [], 'cookies')
          same(isMarkedExpected(answer), true, 'mark of the expected world')
        },
      },
    ]),
  ),
)

const expiry = casesOf(serviceAuth, {
  'an expired service token': {
    ...assumed,
    needs: [...needs, 'clock'],
    title: 'an expired service token gets the same answer as any other bad pair',
    async run(target) {
      const { url, token } = await arrange(target, 'M')
      const messageOf = (answer: AskedEdge) => {
        const { ray_id: _, ...rest } = Object(Object(answer.json).error) as { ray_id?: string }
        return rest
      }
      const wrongly = await exchange(target, url, { pair: wrong(token) })
      await present(target.clock, 'clock').advance(366 * 86_400)
      const expired = await exchange(target, url, { pair: token })
      same(messageOf(expired), messageOf(wrongly), 'error')
    },
  },
})

export const exchangeFailureCases: readonly Case[] = [...failures, ...expiry]
