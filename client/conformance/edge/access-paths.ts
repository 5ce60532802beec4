/** Cases of Access's own paths: get-identity, logout, the protected resource, and unknown ones. */
import { cookieNames, edge } from '../../../contracts/edge/endpoints.ts'
import { arrange, hostName, peopleDomain } from '../arrange.ts'
import type { Case } from '../case.ts'
import { casesOf } from '../define.ts'
import { fits, holds, parsed, present, same } from '../difference.ts'
import { type AskedEdge, ask } from '../edge-answer.ts'
import { issued } from './issued.ts'
import { onTeam, page } from './page.ts'

const atEdge = ['write', 'hosts'] as const
const applicationPage = /Unable to find your Access application!/

const identityCases = casesOf(edge.getIdentity, {
  'no token': {
    title: 'without a token it is 400 {"err":"no app token set"}',
    evidence: 'recorded',
    source: ['edge-organization-unknown'],
    async run(target) {
      const answer = await ask(target, onTeam(target, edge.getIdentity.path))
      same(answer.status, 400, 'status')
      same(answer.json, { err: 'no app token set' }, 'body')
    },
  },
  'of a service token': {
    title: 'for a pair’s JWT it names the client id and service_token_status',
    evidence: 'assumed',
    source: ['edge-get-identity-service-token'],
    profiles: ['expected'],
    needs: [...atEdge, 'echo'],
    async run(target) {
      const arranged = await arrange(target, 'P')
      const token = await issued(target, arranged)
      for (const url of [arranged.url, onTeam(target, '')]) {
        const answer = await ask(target, new URL(edge.getIdentity.path, url), { token })
        same(answer.status, 200, 'status')
        const body = parsed(edge.getIdentity.result(), answer.json, 'body')
        const { client_id } = arranged.token
        holds(body, { service_token_status: true, service_token_id: client_id }, 'body')
        same('email' in body, false, 'whether it has an email')
      }
    },
  },
  'of a service token, an error': {
    title: 'for a pair’s JWT it is an error (which one is assumed)',
    evidence: 'assumed',
    source: ['edge-get-identity-service-token'],
    profiles: ['observed', 'strict'],
    needs: [...atEdge, 'echo'],
    async run(target) {
      const arranged = await arrange(target, 'P')
      const token = await issued(target, arranged)
      for (const url of [arranged.url, onTeam(target, '')]) {
        const answer = await ask(target, new URL(edge.getIdentity.path, url), { token })
        same(answer.status, 400, 'status')
        same(answer.json, { err: 'no app token set' }, 'body')
      }
    },
  },
  'of a person': {
    title: 'for a person’s JWT it returns the identity',
    needs: [...atEdge, 'person'],
    async run(target) {
      const { application, url } = await arrange(target, 'P')
      const email = `ada@${peopleDomain}`
      const token = await present(target.signIn, 'signIn')(email, application.id)
      const answer = await ask(target, new URL(edge.getIdentity.path, url), { token })
      const body = parsed(edge.getIdentity.result(), answer.json, 'body')
      holds(
        body,
        { email, account_id: target.account.id, service_token_id: '', service_token_status: false },
        'body',
      )
      fits(body.user_uuid, /^[0-9a-f-]{36}$/, 'user_uuid')
    },
  },
})

function clears({ cookies }: AskedEdge): void {
  const cookie = present(
    cookies.find(({ name }) => name === cookieNames.authorization),
    'CF_Authorization cookie',
  )
  same(cookie.value, '', 'value of CF_Authorization')
  same(Date.parse(cookie.attributes.expires ?? '') < 86_400_000, true, 'whether it has expired')
}

const logoutCases = casesOf(edge.logout, {
  page: {
    title: 'without returnTo it is a page that clears the cookie',
    needs: atEdge,
    async run(target) {
      const { url } = await arrange(target, 'M')
      for (const place of [url, onTeam(target, '')]) {
        const answer = await ask(target, new URL(edge.logout.path, place))
        page(answer, 200, /<html/)
        clears(answer)
      }
    },
  },
  returns: {
    title: 'returnTo redirects only to a host that Access knows',
    needs: atEdge,
    async run(target) {
      const { url } = await arrange(target, 'M')
      const to = (returnTo: string) => {
        const address = new URL(onTeam(target, edge.logout.path))
        address.searchParams.set('returnTo', returnTo)
        return ask(target, address)
      }
      const known = await to(`${url}bye`)
      same([known.status, known.headers.get('location')], [302, `${url}bye`], 'a known host')
      for (const elsewhere of ['https://elsewhere.invalid/', url.replace('https:', 'http:')]) {
        const answer = await to(elsewhere)
        same([answer.status, answer.headers.get('location')], [400, null], elsewhere)
      }
    },
  },
  'ends the session': {
    title: 'on the application host it ends all of the person’s tokens',
    evidence: 'documented',
    source: ['edge-logout-application'],
    needs: [...atEdge, 'person'],
    async run(target) {
      const { application, url } = await arrange(target, 'P')
      const elsewhere = await arrange(target, 'P')
      const signIn = present(target.signIn, 'signIn')
      const email = `ada@${peopleDomain}`
      const token = await signIn(email, application.id)
      const other = await signIn(email, elsewhere.application.id)
      same((await ask(target, elsewhere.url, { token: other })).status, 200, 'before')
      clears(await ask(target, new URL(edge.logout.path, url), { token }))
      same((await ask(target, url, { token })).kind, 'login', 'here, afterwards')
      same((await ask(target, elsewhere.url, { token: other })).kind, 'login', 'elsewhere')
    },
  },
})

const resourceCases = casesOf(edge.protectedResource, {
  'names the team': {
    title: 'it names the resource, the team and how to authenticate, even without credentials',
    needs: atEdge,
    async run(target) {
      const { url } = await arrange(target, 'M')
      for (const path of ['', '/deep/er']) {
        const answer = await ask(target, new URL(edge.protectedResource.path + path, url))
        same(answer.status, 200, 'status')
        const body = parsed(edge.protectedResource.result(), answer.json, 'body')
        holds(
          body,
          {
            resource: url.slice(0, -1) + path,
            team_domain: target.team,
            authorization_servers: [`https://${target.team}`],
          },
          'body',
        )
        same(body.authentication_methods[0]?.name, 'cloudflared', 'first method')
      }
    },
  },
  'nothing protects it': {
    title: 'on a host without an application it is 404',
    evidence: 'assumed',
    source: ['edge-host-without-application'],
    needs: atEdge,
    async run(target) {
      const url = `https://${hostName(target)}${edge.protectedResource.path}`
      same((await ask(target, url)).status, 404, 'status')
    },
  },
})

const noneCases = casesOf(
  { id: 'gate', evidence: 'assumed', source: ['edge-path-unknown', 'edge-path-unknown-team'] },
  {
    'no such path of Access': {
      title: 'an unknown Access path is an empty 404 on the application, a page on the team domain',
      needs: atEdge,
      async run(target) {
        const { url, token } = await arrange(target, 'M')
        const path = '/cdn-cgi/access/no-such-thing'
        const answer = await ask(target, new URL(path, url), { pair: token })
        same({ status: answer.status, body: answer.text }, { status: 404, body: '' }, 'application')
        page(await ask(target, onTeam(target, path)), 404, applicationPage)
      },
    },
  },
)

export const ownPathCases: readonly Case[] = [
  ...identityCases,
  ...logoutCases,
  ...resourceCases,
  ...noneCases,
]
