/** Cases of Managed OAuth without a browser: its documents, and the answers to an unknown client. */
import { edge } from '../../../contracts/edge/endpoints.ts'
import { arrange } from '../arrange.ts'
import type { Case } from '../case.ts'
import { atEdge, reading, writing } from '../define.ts'
import { fits, holds, present, same } from '../difference.ts'
import { type AskedEdge, ask, expects, sendForm, sendJson } from '../edge-answer.ts'
import { onTeam } from './page.ts'

const unknownClient = '00000000-0000-4000-8000-000000000000'

/** An error of RFC 6749, 5.2, or RFC 7591, 3.2.2. */
function refused(answer: AskedEdge, status: number, error: string): void {
  expects(answer, { status })
  fits(answer.headers.get('content-type'), /^application\/json\b/, 'content-type')
  holds(answer.json, { error }, 'error')
}

export const oauthCases: readonly Case[] = [
  reading(edge.oauthAuthorizationServer, 'names its endpoints', {
    title: 'the team domain is the issuer, and every endpoint is on it',
    async run(target) {
      const answer = await ask(target, onTeam(target, edge.oauthAuthorizationServer.path))
      expects(answer, { status: 200 })
      const document = {
        issuer: `https://${target.team}`,
        authorization_endpoint: onTeam(target, edge.oauthAuthorization.path),
        token_endpoint: onTeam(target, edge.oauthToken.path),
        revocation_endpoint: onTeam(target, edge.oauthRevocation.path),
        code_challenge_methods_supported: ['S256'],
      }
      holds(answer.json, document, 'document')
    },
  }),
  atEdge(edge.oauthProtectedResource, 'only with managed oauth', {
    title: 'an application without Managed OAuth has no such document: the request is refused',
    evidence: 'assumed',
    async run(target) {
      const { url } = await arrange(target, 'P')
      const answer = await ask(target, new URL(edge.oauthProtectedResource.path, url))
      expects(answer, { status: 302 })
      const location = present(answer.headers.get('location'), 'location')
      same(new URL(location).host, target.team, 'login')
    },
  }),
  writing(edge.oauthRegistration, 'without callbacks', {
    title: 'a client that names no callback is not registered',
    evidence: 'assumed',
    async run(target) {
      const answer = await sendJson(target, onTeam(target, edge.oauthRegistration.path), {})
      refused(answer, 400, 'invalid_client_metadata')
    },
  }),
  reading(edge.oauthAuthorization, 'unknown client', {
    title: 'a client that is not registered gets a page, and is never redirected',
    evidence: 'assumed',
    async run(target) {
      const path = `${edge.oauthAuthorization.path}?client_id=${unknownClient}`
      const answer = await ask(target, onTeam(target, path))
      expects(answer, { status: 400, page: /client/i, location: null })
    },
  }),
  writing(edge.oauthToken, 'unknown client', {
    title: 'a client that is not registered gets no token',
    evidence: 'assumed',
    async run(target) {
      const fields = { grant_type: 'authorization_code', code: 'x', client_id: unknownClient }
      const answer = await sendForm(target, onTeam(target, edge.oauthToken.path), fields)
      refused(answer, 401, 'invalid_client')
    },
  }),
  writing(edge.oauthRevocation, 'no client', {
    title: 'a revocation that names no client is refused',
    evidence: 'assumed',
    async run(target) {
      const path = onTeam(target, edge.oauthRevocation.path)
      refused(await sendForm(target, path, { token: 'x' }), 401, 'invalid_client')
    },
  }),
]
