/** Cases of the exchange: the endpoint that the ticket expects, and the 404 that Cloudflare returns. */
import { decodeJwt } from 'jose'
import { cookieNames, edge, headerNames } from '../../../contracts/edge/endpoints.ts'
import { createVerifier } from '../../verify/verify.ts'
import { arrange } from '../arrange.ts'
import type { Case } from '../case.ts'
import { atEdge } from '../define.ts'
import { fits, holds, parsed, same } from '../difference.ts'
import { type AskedEdge, ask, expects, isMarkedExpected } from '../edge-answer.ts'
import { exchange, exchangeOnTeam } from './exchange-call.ts'
import { applicationUnknown } from './page.ts'

const { serviceAuth } = edge
const wished = { evidence: 'expected', profiles: ['expected'] } as const

/** Expects 200 with exactly `{"token"}`, not cacheable, and marked as an answer that Cloudflare does not give. */
function tokenOf(answer: AskedEdge): string {
  same(answer.status, 200, `status (${answer.text.slice(0, 200)})`)
  const { token } = parsed(serviceAuth.result(), answer.json, 'body')
  same(answer.headers.get('cache-control'), 'no-store', 'cache-control')
  fits(answer.headers.get('content-type'), /^application\/json\b/, 'content-type')
  same(isMarkedExpected(answer), true, 'mark of the expected world')
  return token
}

const real = { evidence: 'recorded', profiles: ['observed', 'strict'] } as const
const absence = {
  status: 404,
  kind: 'not_access',
  cookies: [],
  isMarkedExpected: false,
} as const

export const exchangeCases: readonly Case[] = [
  ...(['M', 'T', 'P'] as const).map((letter) =>
    atEdge(serviceAuth, `good pair at ${letter}`, {
      title: `a pair that a policy of ${letter} names is exchanged for a JWT and a cookie`,
      ...wished,
      async run(target) {
        const { url, token, application } = await arrange(target, letter)
        const answer = await exchange(target, url, { pair: token })
        const jwt = tokenOf(answer)
        const cookies = answer.cookies.map(({ name, value }) => [name, value])
        same(cookies, [[cookieNames.authorization, jwt]], 'cookies')
        const { team, fetch } = target
        const { verifyToken } = createVerifier({ team, audience: application.aud, fetch })
        const verified = await verifyToken(jwt)
        holds(verified, { kind: 'service_token', common_name: token.client_id }, 'token')
        const { iat, exp, aud, sub } = verified.claims
        same({ aud, sub }, { aud: application.aud, sub: '' }, 'claims')
        same((exp ?? 0) - (iat ?? 0), 86_400, 'life in seconds')
      },
    }),
  ),
  atEdge(serviceAuth, 'aud in the body', {
    title: 'the AUD tag in the body selects the application of the host',
    ...wished,
    async run(target) {
      const { url, token, application } = await arrange(target, 'M')
      const body = JSON.stringify({ aud: application.aud })
      const headers = { 'content-type': 'application/json' }
      tokenOf(await exchange(target, url, { pair: token, headers, body }))
    },
  }),
  atEdge(serviceAuth, 'on the team host', {
    title: 'on the team domain ?aud= selects the application, and no cookie is set',
    ...wished,
    async run(target) {
      const { url, token, application } = await arrange(target, 'M')
      const answer = await exchangeOnTeam(target, application.aud, { pair: token })
      const jwt = tokenOf(answer)
      same(answer.cookies, [], 'cookies')
      same((await ask(target, url, { token: jwt })).status, 200, 'status with the JWT')
    },
  }),
  atEdge(serviceAuth, 'short session', {
    title: 'the JWT lives as long as the session of the application',
    ...wished,
    async run(target) {
      const { url, token } = await arrange(target, 'M', { session_duration: '1h' })
      const answer = await exchange(target, url, { pair: token })
      const { iat = 0, exp = 0 } = decodeJwt(tokenOf(answer))
      same(exp - iat, 3600, 'life in seconds')
    },
  }),
  atEdge(serviceAuth, 'opens the application', {
    title: 'the JWT opens the application as assertion, and without it nothing does',
    ...wished,
    source: ['emulator-token-replay', 'emulator-401-requests-with-pair'],
    async run(target) {
      const { url, token } = await arrange(target, 'T', { service_auth_401_redirect: true })
      const jwt = tokenOf(await exchange(target, url, { pair: token }))
      const opened = await ask(target, url, { headers: { [headerNames.assertion]: jwt } })
      same(opened.status, 200, 'status with the JWT')
      same((await ask(target, url)).status, 403, 'status without')
    },
  }),
  atEdge(serviceAuth, 'absent with a good pair', {
    title: 'on the application host it does not exist: 404 with an empty body',
    ...real,
    source: ['edge-service-auth-absent'],
    async run(target) {
      const { url, token } = await arrange(target, 'P')
      expects(await exchange(target, url, { pair: token }), { ...absence, text: '' })
    },
  }),
  atEdge(serviceAuth, 'absent without a pair', {
    title: 'on the application host it does not exist without credentials either',
    ...real,
    source: ['edge-service-auth-absent'],
    async run(target) {
      const { url } = await arrange(target, 'P')
      expects(await exchange(target, url, {}), { ...absence, text: '' })
    },
  }),
  atEdge(serviceAuth, 'absent on the team host', {
    title: 'on the team domain it does not exist: 404 with a page',
    ...real,
    evidence: 'assumed',
    source: ['edge-service-auth-absent', 'edge-path-unknown-team'],
    async run(target) {
      const { application, token } = await arrange(target, 'P')
      const answer = await exchangeOnTeam(target, application.aud, { pair: token })
      expects(answer, { ...absence, page: applicationUnknown })
    },
  }),
  atEdge(serviceAuth, 'wrong method', {
    title: 'any method but POST is 404 with an empty body on the application host',
    evidence: 'assumed',
    source: ['edge-wrong-method'],
    async run(target) {
      const { url, token } = await arrange(target, 'M')
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const answer = await exchange(target, url, { method, pair: token })
        expects(answer, { status: 404, text: '', isMarkedExpected: false }, method)
      }
    },
  }),
]
