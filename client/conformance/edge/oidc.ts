/**
 * Cases of Access as the OpenID provider of SaaS applications, without a sign-in: an application that does not exist.
 */
import { edge } from '../../../contracts/edge/endpoints.ts'
import type { Case } from '../case.ts'
import { caseWith } from '../define.ts'
import { ask, expects, sendForm } from '../edge-answer.ts'
import { onTeam } from './page.ts'

export const oidcCases: readonly Case[] = [
  edge.oidcConfiguration,
  edge.oidcAuthorization,
  edge.oidcAuthorizationForm,
  edge.oidcToken,
  edge.oidcKeys,
  edge.oidcUserinfo,
  edge.samlMetadata,
  edge.samlSignIn,
].map((endpoint) => {
  const isPost = endpoint.method === 'POST'
  return caseWith(...(isPost ? (['write'] as const) : []))(endpoint, 'unknown application', {
    title: 'an unknown client id is 404 with a page',
    evidence: 'assumed',
    async run(target) {
      const url = onTeam(target, endpoint.path.replace(/\{\w+\}/, 'f'.repeat(64)))
      const { method } = endpoint
      const sent = isPost ? sendForm(target, url, { code: 'x' }) : ask(target, url, { method })
      expects(await sent, { status: 404, page: /Cloudflare Access/ })
    },
  })
})
