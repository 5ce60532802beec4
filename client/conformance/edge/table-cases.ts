/** Cases of the gate: every cell of the edge's table (design §2), made by API calls alone. */
import { api } from '../../../contracts/api.ts'
import { headerNames } from '../../../contracts/edge.ts'
import { succeeds } from '../api-answer.ts'
import { type Arranged, arrange, serviceAuth, serviceToken } from '../arrange.ts'
import type { Case, CaseTarget, Need } from '../case.ts'
import { present, same } from '../difference.ts'
import { type Asked, ask, type EdgeAsking, echoed, isMarkedExpected } from '../edge-answer.ts'
import { meets } from './meets.ts'
import { type Cell, cells, onlyExpected, type RequestKind, requests } from './table.ts'

export const tableCases: readonly Case[] = cells.map(caseOf)

function caseOf(cell: Cell): Case {
  const { request, letter, profile, outcome, evidence } = cell
  return {
    id: `gate/${request} at ${letter} in ${profile}`.replaceAll(' ', '-'),
    title: `${requests[request]} meets ${outcome} at ${letter}`,
    operation: 'gate',
    evidence,
    source: 'design 2; edge-facts 4.3, 4.4',
    profiles: [profile],
    needs: needsOf(cell),
    async run(target) {
      const arranged = await arrange(target, letter)
      const asking = await askings[request](target, arranged)
      const answer = await ask(target, arranged.url, asking)
      meets(answer, outcome, { application: arranged.application, target })
      same(isMarkedExpected(answer), onlyExpected(cell), 'mark of the expected world')
    },
  }
}

function needsOf({ request, profile }: Cell): readonly Need[] {
  const made: readonly Need[] = ['write', 'hosts']
  // A strict organization gives no cookie, so only the origin can tell the JWT.
  const isEchoed = request.startsWith('token as') && profile === 'strict'
  return isEchoed ? [...made, 'echo'] : made
}

type Asking = (target: CaseTarget, arranged: Arranged) => EdgeAsking | Promise<EdgeAsking>

const askings: Readonly<Record<RequestKind, Asking>> = {
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

/** The same client id with another secret of the right form. */
export function wrong<T extends { readonly client_id: string; readonly client_secret: string }>(
  pair: T,
): T {
  return { ...pair, client_secret: `cfast_${'0'.repeat(48)}` }
}

/**
 * A JWT of the application. For the time of the exchange one more policy admits the pair, so that the application
 * that has none for machines gives one too.
 */
export async function issued(
  target: CaseTarget,
  { application, token, url }: Arranged,
): Promise<string> {
  const { result: policy } = await succeeds(target, api.applicationPolicies.create, {
    params: { app_id: application.id },
    body: { ...serviceAuth(token), precedence: 9 },
  })
  await target.settle()
  const answer = await ask(target, url, { pair: token })
  await succeeds(target, api.applicationPolicies.delete, {
    params: { app_id: application.id, policy_id: policy.id },
  })
  await target.settle()
  return answer.token ?? echoedToken(answer)
}

/** The JWT that the origin got, where it answers with what it got. */
export function echoedToken(answer: Asked): string {
  return present(echoed(answer)[headerNames.assertion], 'the assertion at the origin')
}
