/** Cases of the exchange: the endpoint that the ticket expects, and the 404 that Cloudflare returns. */
import { cookieNames, edge, headerNames } from '../../../contracts/edge/endpoints.ts'
import { createVerifier } from '../../verify/verify.ts'
import { type Arranged, arrange, type Letter } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { casesOf } from '../define.ts'
import { fits, holds, parsed, same } from '../difference.ts'
import { type AskedEdge, ask, type EdgeAsking, isMarkedExpected } from '../edge-answer.ts'
import { exchange, onTeam } from './exchange-call.ts'

const { serviceAuth } = edge
const needs = ['write', 'hosts'] as const
const wished = { evidence: 'expected', profiles: ['expected'], needs } as const

/** Expects 200 with exactly `{"token"}`, not cacheable, and marked as an answer that Cloudflare does not give. */
function tokenOf(answer: AskedEdge): string {
  same(answer.status, 200, `status (${answer.text.slice(0, 200)})`)
  const { token } = parsed(serviceAuth.result(), answer.json, 'body')
  same(answer.headers.get('cache-control'), 'no-store', 'cache-control')
  fits(answer.headers.get('content-type'), /^application\/json\b/, 'content-type')
  same(isMarkedExpected(answer), true, 'mark of the expected world')
  return token
}

const onApplication = casesOf(
  serviceAuth,
  Object.fromEntries(
    (['M', 'T', 'P'] as const).map((letter: Letter) => [
      `good pair at ${letter}`,
      {
        ...wished,
        title: `a pair that a policy of ${letter} names is exchanged for a JWT and a cookie`,
        async run(target: CaseTarget) {
          const { url, token, application } = await arrange(target, letter)
          const answer = await exchange(target, url, { pair: token })
          const jwt = tokenOf(answer)
          same(
            answer.cookies.map(({ name, value }) => [name, value]),
            [[cookieNames.authorization, jwt]],
            'cookies',
          )
          const { verifyToken } = createVerifier({
            team: target.team,
            audience: application.aud,
            fetch: target.fetch,
          })
          const verified = await verifyToken(jwt)
          holds(verified, { kind: 'service_token', common_name: token.client_id }, 'token')
          const { iat, exp, aud, sub } = verified.claims
          same({ aud, sub }, { aud: application.aud, sub: '' }, 'claims')
          same((exp ?? 0) - (iat ?? 0), 86_400, 'life in seconds')
        },
      },
    ]),
  ),
)

const successes = casesOf(serviceAuth, {
  'aud in the body': {
    ...wished,
    title: 'the AUD tag in the body selects the application of the host',
    async run(target) {
      const { url, token, application } = await arrange(target, 'M')
      const body = JSON.stringify({ aud: application.aud })
      const headers = { 'content-type': 'application/json' }
      tokenOf(await exchange(target, url, { pair: token, headers, body }))
    },
  },
  'on the team host': {
    ...wished,
    title: 'on the team domain ?aud= selects the application, and no cookie is set',
    async run(target) {
      const { url, token, application } = await arrange(target, 'M')
      const answer = await onTeam(target, application.aud, { pair: token })
      const jwt = tokenOf(answer)
      same(answer.cookies, [], 'cookies')
      same((await ask(target, url, { token: jwt })).status, 200, 'status with the JWT')
    },
  },
  'short session': {
    ...wished,
    title: 'the JWT lives as long as the session of the application',
    async run(target) {
      const { url, token } = await arrange(target, 'M', { session_duration: '1h' })
      const answer = await exchange(target, url, { pair: token })
      const [, payload = ''] = tokenOf(answer).split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
        readonly iat: number
        readonly exp: number
      }
      same(claims.exp - claims.iat, 3600, 'life in seconds')
    },
  },
  'opens the application': {
    ...wished,
    title: 'the JWT opens the application as assertion, and without it nothing does',
    source: ['emulator-token-replay', 'emulator-401-requests-with-pair'],
    async run(target) {
      const { url, token } = await arrange(target, 'T', { service_auth_401_redirect: true })
      const jwt = tokenOf(await exchange(target, url, { pair: token }))
      const opened = await ask(target, url, { headers: { [headerNames.assertion]: jwt } })
      same(opened.status, 200, 'status with the JWT')
      same((await ask(target, url)).status, 403, 'status without')
    },
  },
})

const real = ['observed', 'strict'] as const
const teamPage = /Unable to find your Access application!/

function absentOn(host: 'application' | 'team', asking: (arranged: Arranged) => EdgeAsking) {
  return async (target: CaseTarget) => {
    const arranged = await arrange(target, 'P')
    const answer =
      host === 'application'
        ? await exchange(target, arranged.url, asking(arranged))
        : await onTeam(target, arranged.application.aud, asking(arranged))
    same(answer.status, 404, 'status')
    same(answer.kind, 'not_access', 'marks of Access')
    same(answer.cookies, [], 'cookies')
    same(isMarkedExpected(answer), false, 'mark of the expected world')
    if (host === 'application') same(answer.text, '', 'body')
    else fits(answer.text, teamPage, 'page')
  }
}

const absent = casesOf(serviceAuth, {
  'absent with a good pair': {
    title: 'on the application host it does not exist: 404 with an empty body',
    evidence: 'recorded',
    source: ['edge-service-auth-absent'],
    profiles: real,
    needs,
    run: absentOn('application', ({ token }) => ({ pair: token })),
  },
  'absent without a pair': {
    title: 'on the application host it does not exist without credentials either',
    evidence: 'recorded',
    source: ['edge-service-auth-absent'],
    profiles: real,
    needs,
    run: absentOn('application', () => ({})),
  },
  'absent on the team host': {
    title: 'on the team domain it does not exist: 404 with a page',
    evidence: 'assumed',
    source: ['edge-service-auth-absent', 'edge-path-unknown-team'],
    profiles: real,
    needs,
    run: absentOn('team', ({ token }) => ({ pair: token })),
  },
  'wrong method': {
    title: 'any method but POST is 404 with an empty body on the application host',
    evidence: 'assumed',
    source: ['edge-wrong-method'],
    needs,
    async run(target) {
      const { url, token } = await arrange(target, 'M')
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const answer = await exchange(target, url, { method, pair: token })
        same({ status: answer.status, body: answer.text }, { status: 404, body: '' }, method)
        same(isMarkedExpected(answer), false, 'mark of the expected world')
      }
    },
  },
})

export const exchangeCases: readonly Case[] = [...onApplication, ...successes, ...absent]
