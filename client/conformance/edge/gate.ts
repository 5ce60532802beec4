/**
 * Cases of the gate beyond the table: what the origin receives, time and revocation, and what read-only requests show.
 */
import { api } from '../../../contracts/api/operations.ts'
import { headerNames } from '../../../contracts/edge/endpoints.ts'
import { succeeds } from '../api-answer.ts'
import { application, arrange, person, serviceToken, signIn, urlOf } from '../arrange.ts'
import type { Case } from '../case.ts'
import { atEdge, reading } from '../define.ts'
import { fits, holds, present, same } from '../difference.ts'
import { ask, echoed, expects } from '../edge-answer.ts'
import { issued } from './issued.ts'

const gate = {
  id: 'gate',
  evidence: 'recorded',
  source: ['edge-login-offered', 'edge-exchange-implicit'],
} as const

export const gateCases: readonly Case[] = [
  atEdge(gate, 'origin of a machine', {
    title: 'with a pair the origin gets the JWT as header and cookie, and neither pair nor email',
    needs: ['echo'],
    source: ['edge-origin-request', 'edge-origin-headers'],
    async run(target) {
      const { url, token } = await arrange(target, 'M')
      const headers = echoed(await ask(target, url, { pair: token }))
      const jwt = present(headers[headerNames.assertion], 'assertion')
      fits(headers.cookie, /^CF_Authorization=/, 'cookie')
      same(headers.cookie, `CF_Authorization=${jwt}`, 'cookie')
      const kept = [headerNames.clientId, headerNames.clientSecret, headerNames.email]
      const arrived = kept.filter((name) => name in headers)
      same(arrived, [], 'headers that must not arrive')
      for (const name of ['cf-connecting-ip', 'cf-ray', 'cf-ipcountry', 'x-forwarded-proto']) {
        present(headers[name], name)
      }
    },
  }),
  atEdge(gate, 'origin of a person', {
    title: 'for a person the origin gets the email, and a forged one is replaced',
    needs: ['echo', 'person'],
    evidence: 'assumed',
    source: ['edge-origin-email', 'edge-origin-assertion'],
    async run(target) {
      const { url, application: made } = await arrange(target, 'P')
      const token = await signIn(target, made)
      const forged = { [headerNames.email]: 'eve@elsewhere.example' }
      const headers = echoed(await ask(target, url, { token, headers: forged }))
      holds(headers, { [headerNames.email]: person, [headerNames.assertion]: token }, 'headers')
    },
  }),
  atEdge(gate, 'bypass', {
    title:
      'a bypass lets everyone in: no JWT is added, a forged one is removed, the pair is passed on',
    needs: ['echo'],
    evidence: 'assumed',
    source: ['edge-bypass', 'edge-bypass-strips-assertion'],
    async run(target) {
      const everyone = { include: [{ everyone: {} }], exclude: [], require: [] }
      const policies = [{ ...everyone, name: 'Bypass', decision: 'bypass' } as const]
      const made = await application(target, { policies })
      await target.settle()
      const token = await serviceToken(target)
      const answer = await ask(target, urlOf(made), {
        pair: token,
        headers: { [headerNames.assertion]: 'forged' },
      })
      expects(answer, { status: 200, cookies: [] })
      const headers = echoed(answer)
      same(headers[headerNames.assertion], undefined, 'assertion at the origin')
      same(headers[headerNames.clientId], token.client_id, 'client id at the origin')
    },
  }),
  atEdge(gate, 'revoked tokens', {
    title: 'after revoke_tokens an issued JWT opens nothing; the pair and its new JWT still work',
    needs: ['echo'],
    evidence: 'documented',
    source: ['edge-revocation'],
    async run(target) {
      const arranged = await arrange(target, 'P')
      const { url, application: made, token: pair } = arranged
      const token = await issued(target, arranged)
      same((await ask(target, url, { token })).status, 200, 'status before')
      await succeeds(target, api.applications.revokeTokens, { params: { app_id: made.id } })
      await target.settle()
      same((await ask(target, url, { token })).kind, 'login', 'the old JWT')
      same((await ask(target, url, { pair })).status, 200, 'status with the pair')
      const anew = await issued(target, arranged)
      same((await ask(target, url, { token: anew })).status, 200, 'status with a new JWT')
    },
  }),
  atEdge(gate, 'expired token', {
    title: 'a JWT opens the application until its session ends, and not after',
    needs: ['clock', 'echo'],
    evidence: 'documented',
    source: ['edge-token-duration', 'edge-token-duration-observed'],
    async run(target) {
      const arranged = await arrange(target, 'P', { session_duration: '1h' })
      const token = await issued(target, arranged)
      const clock = present(target.clock, 'clock')
      await clock.advance(3590)
      same((await ask(target, arranged.url, { token })).status, 200, 'status before the end')
      await clock.advance(11)
      same((await ask(target, arranged.url, { token })).kind, 'login', 'after the end')
    },
  }),
  reading(gate, 'seed without credentials', {
    title: 'the given protected URL refuses a request without credentials',
    needs: ['seed'],
    async run(target) {
      const { kind } = await ask(target, present(target.seed, 'seed').url)
      same(kind === 'login' || kind === 'blocked', true, `whether "${kind}" is a refusal of Access`)
    },
  }),
  reading(gate, 'seed with the pair', {
    title: 'the given protected URL admits the given pair',
    needs: ['seed'],
    async run(target) {
      const { url, pair } = present(target.seed, 'seed')
      const { kind } = await ask(target, url, { pair })
      const opened = target.profile === 'strict' ? 'not_access' : 'passed'
      same(kind, opened, 'answer')
    },
  }),
]
