/** Cases of the gate: every cell of the edge's table, set up by API calls alone. */
import { headerNames } from '../../../contracts/edge/endpoints.ts'
import { type Arranged, arrange, serviceToken, wrong } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { atEdge, gate } from '../define.ts'
import { same } from '../difference.ts'
import { ask, type EdgeAsking, isMarkedExpected } from '../edge-answer.ts'
import { expectations } from './expectations.ts'
import { issued } from './issued.ts'
import { cells, onlyExpected, type RequestKind, requests, sources } from './table.ts'

type TableRequest = (target: CaseTarget, arranged: Arranged) => EdgeAsking | Promise<EdgeAsking>

const askings: Readonly<Record<RequestKind, TableRequest>> = {
  'no credential': () => ({}),
  'bad pair': (_, { token }) => ({ pair: wrong(token) }),
  'admitted pair': (_, { token }) => ({ pair: token }),
  'allowed pair': (_, { token }) => ({ pair: token }),
  'unnamed pair': async (target) => ({ pair: await serviceToken(target) }),
  'token as cookie': async (target, arranged) => ({ token: await issued(target, arranged) }),
  'token as cf-access-token': async (target, arranged) => ({
    headers: { [headerNames.accessToken]: await issued(target, arranged) },
  }),
  'token as assertion': async (target, arranged) => ({
    headers: { [headerNames.assertion]: await issued(target, arranged) },
  }),
  'token as bearer': async (target, arranged) => ({
    headers: { authorization: `Bearer ${await issued(target, arranged)}` },
  }),
  xhr: () => ({ headers: { 'x-requested-with': 'XMLHttpRequest' } }),
}

export const tableCases: readonly Case[] = cells.map((cell) => {
  const { request, letter, profile, outcome, evidence } = cell
  return atEdge(gate, `${request} at ${letter} in ${profile}`, {
    title: `${requests[request]} meets ${outcome} at ${letter}`,
    evidence,
    source: sources[request],
    profiles: [profile],
    // A strict organization sets no cookie, so only the origin shows the JWT.
    needs: request.startsWith('token as') && profile === 'strict' ? ['echo'] : [],
    async run(target) {
      const arranged = await arrange(target, letter)
      const asking = await askings[request](target, arranged)
      const answer = await ask(target, arranged.url, asking)
      expectations(answer, outcome, { application: arranged.application, target })
      same(isMarkedExpected(answer), onlyExpected(cell), 'mark of the expected world')
    },
  })
})
