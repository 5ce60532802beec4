/** Cases of Managed OAuth without a browser: its documents, and the answers to an unknown client. */
import { edge } from '../../../contracts/edge/endpoints.ts'
import { arrange } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { casesOf } from '../define.ts'
import { fits, holds, present, same } from '../difference.ts'
import { type AskedEdge, ask } from '../edge-answer.ts'
import { onTeam, page } from './page.ts'

const unknownClient = '00000000-0000-4000-8000-000000000000'

function sendForm(target: CaseTarget, path: string, fields: Readonly<Record<string, string>>) {
  return ask(target, onTeam(target, path), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  })
}

/** An error of RFC 6749, 5.2, or RFC 7591, 3.2.2. */
function refused({ status, headers, json }: AskedEdge, expected: number, error: string): void {
  same(status, expected, 'status')
  fits(headers.get('content-type'), /^application\/json\b/, 'content-type')
  holds(json, { error }, 'error')
}

export const oauthCases: readonly Case[] = [
  ...casesOf(edge.oauthAuthorizationServer, {
    'names its endpoints': {
      title: 'the team domain is the issuer, and every endpoint is on it',
      async run(target) {
        const { status, json } = await ask(
          target,
          onTeam(target, edge.oauthAuthorizationServer.path),
        )
        same(status, 200, 'status')
        holds(
          json,
          {
            issuer: `https://${target.team}`,
            authorization_endpoint: onTeam(target, edge.oauthAuthorization.path),
            token_endpoint: onTeam(target, edge.oauthToken.path),
            revocation_endpoint: onTeam(target, edge.oauthRevocation.path),
            code_challenge_methods_supported: ['S256'],
          },
          'document',
        )
      },
    },
  }),
  ...casesOf(edge.oauthProtectedResource, {
    'only with managed oauth': {
      title: 'an application without Managed OAuth has no such document: the request is refused',
      evidence: 'assumed',
      needs: ['write', 'hosts'],
      async run(target) {
        const { url } = await arrange(target, 'P')
        const { status, headers } = await ask(
          target,
          new URL(edge.oauthProtectedResource.path, url),
        )
        same(status, 302, 'status')
        same(new URL(present(headers.get('location'), 'location')).host, target.team, 'login')
      },
    },
  }),
  ...casesOf(edge.oauthRegistration, {
    'without callbacks': {
      title: 'a client that names no callback is not registered',
      evidence: 'assumed',
      needs: ['write'],
      async run(target) {
        const answer = await ask(target, onTeam(target, edge.oauthRegistration.path), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        })
        refused(answer, 400, 'invalid_client_metadata')
      },
    },
  }),
  ...casesOf(edge.oauthAuthorization, {
    'unknown client': {
      title: 'a client that is not registered gets a page, and is never redirected',
      evidence: 'assumed',
      async run(target) {
        const path = `${edge.oauthAuthorization.path}?client_id=${unknownClient}`
        const answer = await ask(target, onTeam(target, path))
        page(answer, 400, /client/i)
        same(answer.headers.get('location'), null, 'location')
      },
    },
  }),
  ...casesOf(edge.oauthToken, {
    'unknown client': {
      title: 'a client that is not registered gets no token',
      evidence: 'assumed',
      needs: ['write'],
      async run(target) {
        const fields = { grant_type: 'authorization_code', code: 'x', client_id: unknownClient }
        refused(await sendForm(target, edge.oauthToken.path, fields), 401, 'invalid_client')
      },
    },
  }),
  ...casesOf(edge.oauthRevocation, {
    'no client': {
      title: 'a revocation that names no client is refused',
      evidence: 'assumed',
      needs: ['write'],
      async run(target) {
        const answer = await sendForm(target, edge.oauthRevocation.path, { token: 'x' })
        refused(answer, 401, 'invalid_client')
      },
    },
  }),
]
