/**
 * Cases of Access as the OpenID provider of SaaS applications, without a sign-in: an application that does not exist.
 */

import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import { edge } from '../../../contracts/edge/endpoints.ts'
import type { Case } from '../case.ts'
import { casesOf } from '../define.ts'
import { ask } from '../edge-answer.ts'
import { onTeam, page } from './page.ts'

const unknownApplication = 'f'.repeat(64)

function unknown(endpoint: Endpoint): readonly Case[] {
  const { method } = endpoint
  return casesOf(endpoint, {
    'unknown application': {
      title: 'an unknown client id is 404 with a page',
      evidence: 'assumed',
      needs: method === 'POST' ? ['write'] : [],
      async run(target) {
        const path = endpoint.path.replace(/\{\w+\}/, unknownApplication)
        const form = { 'content-type': 'application/x-www-form-urlencoded' }
        const sent = method === 'POST' ? { method, headers: form, body: 'code=x' } : { method }
        page(await ask(target, onTeam(target, path), sent), 404, /Cloudflare Access/)
      },
    },
  })
}

export const oidcCases: readonly Case[] = [
  edge.oidcConfiguration,
  edge.oidcAuthorization,
  edge.oidcAuthorizationForm,
  edge.oidcToken,
  edge.oidcKeys,
  edge.oidcUserinfo,
  edge.samlMetadata,
  edge.samlSignIn,
].flatMap(unknown)
