/** Cases of Access's own paths: get-identity, logout, the protected resource, and unknown ones. */
import { cookieNames, edge } from '../../../contracts/edge/endpoints.ts'
import { arrange, hostName, person, signIn } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { atEdge, gate, reading, signingIn } from '../define.ts'
import { fits, holds, parsed, same } from '../difference.ts'
import { type AskedEdge, ask, cookieIn, expects } from '../edge-answer.ts'
import { issued } from './issued.ts'
import { applicationUnknown, onTeam } from './page.ts'

const noTokenSet = { status: 400, json: { err: 'no app token set' } } as const
const ofServiceToken = {
  needs: ['echo'],
  evidence: 'assumed',
  source: ['edge-get-identity-service-token'],
} as const

/** Checks the answers to the JWT of a pair, on the application host and on the team domain. */
async function identityOfPair(
  target: CaseTarget,
  check: (answer: AskedEdge, client_id: string) => void,
): Promise<void> {
  const arranged = await arrange(target, 'P')
  const token = await issued(target, arranged)
  for (const url of [arranged.url, onTeam(target, '')]) {
    const answer = await ask(target, new URL(edge.getIdentity.path, url), { token })
    check(answer, arranged.token.client_id)
  }
}

function clears({ cookies }: AskedEdge): void {
  const cookie = cookieIn(cookies, cookieNames.authorization)
  same(cookie.value, '', 'value of CF_Authorization')
  same(Date.parse(cookie.attributes.expires ?? '') < 86_400_000, true, 'whether it has expired')
}

export const ownPathCases: readonly Case[] = [
  reading(edge.getIdentity, 'no token', {
    title: 'without a token it is 400 {"err":"no app token set"}',
    evidence: 'recorded',
    source: ['edge-organization-unknown'],
    async run(target) {
      expects(await ask(target, onTeam(target, edge.getIdentity.path)), noTokenSet)
    },
  }),
  atEdge(edge.getIdentity, 'of a service token', {
    title: 'for a pair’s JWT it names the client id and service_token_status',
    ...ofServiceToken,
    profiles: ['expected'],
    run: (target) =>
      identityOfPair(target, (answer, client_id) => {
        expects(answer, { status: 200 })
        const body = parsed(edge.getIdentity.result(), answer.json, 'body')
        holds(body, { service_token_status: true, service_token_id: client_id }, 'body')
        same('email' in body, false, 'whether it has an email')
      }),
  }),
  atEdge(edge.getIdentity, 'of a service token, an error', {
    title: 'for a pair’s JWT it is an error (which one is assumed)',
    ...ofServiceToken,
    profiles: ['observed', 'strict'],
    run: (target) => identityOfPair(target, (answer) => expects(answer, noTokenSet)),
  }),
  signingIn(edge.getIdentity, 'of a person', {
    title: 'for a person’s JWT it returns the identity',
    async run(target) {
      const { application, url } = await arrange(target, 'P')
      const token = await signIn(target, application)
      const answer = await ask(target, new URL(edge.getIdentity.path, url), { token })
      const body = parsed(edge.getIdentity.result(), answer.json, 'body')
      const noServiceToken = { service_token_id: '', service_token_status: false }
      holds(body, { email: person, account_id: target.account.id, ...noServiceToken }, 'body')
      fits(body.user_uuid, /^[0-9a-f-]{36}$/, 'user_uuid')
    },
  }),
  atEdge(edge.logout, 'page', {
    title: 'without returnTo it is a page that clears the cookie',
    async run(target) {
      const { url } = await arrange(target, 'M')
      for (const place of [url, onTeam(target, '')]) {
        const answer = await ask(target, new URL(edge.logout.path, place))
        expects(answer, { status: 200, page: /<html/ })
        clears(answer)
      }
    },
  }),
  atEdge(edge.logout, 'returns', {
    title: 'returnTo redirects only to a host that Access knows',
    async run(target) {
      const { url } = await arrange(target, 'M')
      const to = (returnTo: string) => {
        const address = new URL(onTeam(target, edge.logout.path))
        address.searchParams.set('returnTo', returnTo)
        return ask(target, address)
      }
      expects(await to(`${url}bye`), { status: 302, location: `${url}bye` }, 'a known host')
      for (const elsewhere of ['https://elsewhere.invalid/', url.replace('https:', 'http:')]) {
        expects(await to(elsewhere), { status: 400, location: null }, elsewhere)
      }
    },
  }),
  signingIn(edge.logout, 'ends the session', {
    title: 'on the application host it ends all of the person’s tokens',
    evidence: 'documented',
    source: ['edge-logout-application'],
    async run(target) {
      const { application, url } = await arrange(target, 'P')
      const elsewhere = await arrange(target, 'P')
      const token = await signIn(target, application)
      const other = await signIn(target, elsewhere.application)
      same((await ask(target, elsewhere.url, { token: other })).status, 200, 'before')
      clears(await ask(target, new URL(edge.logout.path, url), { token }))
      same((await ask(target, url, { token })).kind, 'login', 'here, afterwards')
      same((await ask(target, elsewhere.url, { token: other })).kind, 'login', 'elsewhere')
    },
  }),
  atEdge(edge.protectedResource, 'names the team', {
    title: 'it names the resource, the team and how to authenticate, even without credentials',
    async run(target) {
      const { url } = await arrange(target, 'M')
      for (const path of ['', '/deep/er']) {
        const answer = await ask(target, new URL(edge.protectedResource.path + path, url))
        expects(answer, { status: 200 })
        const body = parsed(edge.protectedResource.result(), answer.json, 'body')
        const authorization_servers = [`https://${target.team}`]
        const resource = url.slice(0, -1) + path
        holds(body, { resource, team_domain: target.team, authorization_servers }, 'body')
        same(body.authentication_methods[0]?.name, 'cloudflared', 'first method')
      }
    },
  }),
  atEdge(edge.protectedResource, 'nothing protects it', {
    title: 'on a host without an application it is 404',
    evidence: 'assumed',
    source: ['edge-host-without-application'],
    async run(target) {
      const url = `https://${hostName(target)}${edge.protectedResource.path}`
      expects(await ask(target, url), { status: 404 })
    },
  }),
  atEdge(gate, 'no such path of Access', {
    title: 'an unknown Access path is an empty 404 on the application, a page on the team domain',
    evidence: 'assumed',
    source: ['edge-path-unknown', 'edge-path-unknown-team'],
    async run(target) {
      const { url, token } = await arrange(target, 'M')
      const path = '/cdn-cgi/access/no-such-thing'
      const answer = await ask(target, new URL(path, url), { pair: token })
      expects(answer, { status: 404, text: '' }, 'application')
      expects(await ask(target, onTeam(target, path)), { status: 404, page: applicationUnknown })
    },
  }),
]
