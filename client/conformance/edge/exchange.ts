/** Cases of the exchange: the endpoint that the ticket expects, and the 404 that Cloudflare gives (design §2). */
import { edge } from '../../../contracts/edge.ts'
import { arrange } from '../arrange.ts'
import type { Case } from '../case.ts'
import { fits, parsed, same } from '../difference.ts'
import { ask, isMarkedExpected } from '../edge-answer.ts'

const common = { operation: edge.serviceAuth.id, source: edge.serviceAuth.source } as const
const { path } = edge.serviceAuth

export const exchangeCases: readonly Case[] = [
  {
    ...common,
    id: 'edge.service_auth: a good pair on the application host gets a token',
    title: 'a pair that a Service Auth policy names is exchanged for exactly {"token"}',
    evidence: 'expected',
    profiles: ['expected'],
    needs: ['write', 'hosts'],
    async run(target) {
      const { url, token } = await arrange(target, 'M')
      const answer = await ask(target, new URL(path, url), { method: 'POST', pair: token })
      same(answer.status, 200, 'status')
      const { token: jwt } = parsed(edge.serviceAuth.result(), answer.json, 'body')
      same(answer.token, jwt, 'CF_Authorization cookie')
      same(answer.headers.get('cache-control'), 'no-store', 'cache-control')
      fits(answer.headers.get('content-type'), /^application\/json\b/, 'content-type')
      same(isMarkedExpected(answer), true, 'mark of the expected world')
    },
  },
]
