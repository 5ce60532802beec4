/** Cases of what application settings do at the gate, and of the form of a refusal. */
import type { Profile } from '../../../contracts/behaviours/table.ts'
import { headerNames } from '../../../contracts/edge/endpoints.ts'
import { arrange, type Letter, serviceToken, wrong } from '../arrange.ts'
import type { Case } from '../case.ts'
import { atEdge, gate } from '../define.ts'
import { fits, holds, same } from '../difference.ts'
import { ask, type EdgeAsking } from '../edge-answer.ts'
import { blocked, expectations } from './expectations.ts'
import type { TableOutcome } from './table.ts'

const preflight = {
  method: 'OPTIONS',
  headers: {
    origin: 'https://app.example',
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'x-one',
  },
} as const

type SentCredentials = 'nobody' | 'bad pair' | 'unnamed pair'
type RedirectRow = readonly [Profile, Letter, Readonly<Record<SentCredentials, TableOutcome>>]

/** `service_auth_401_redirect`: it never replaces a login (edge-401-setting-never-login). */
const redirectRows: readonly RedirectRow[] = [
  ['expected', 'M', { nobody: '403', 'bad pair': '401', 'unnamed pair': '401' }],
  ['expected', 'T', { nobody: '403', 'bad pair': '401', 'unnamed pair': '401' }],
  ['expected', 'P', { nobody: 'login-', 'bad pair': 'login-', 'unnamed pair': '401' }],
  ['observed', 'M', { nobody: '401', 'bad pair': '401', 'unnamed pair': '401' }],
  ['observed', 'T', { nobody: 'login-', 'bad pair': 'login-', 'unnamed pair': 'login+' }],
  ['observed', 'P', { nobody: 'login-', 'bad pair': 'login-', 'unnamed pair': 'login+' }],
  ['strict', 'M', { nobody: '401', 'bad pair': '401', 'unnamed pair': '403' }],
  ['strict', 'T', { nobody: 'login-', 'bad pair': '401', 'unnamed pair': '403' }],
  ['strict', 'P', { nobody: 'login-', 'bad pair': '401', 'unnamed pair': '403' }],
]

export const gateSettingCases: readonly Case[] = [
  ...redirectRows.flatMap(([profile, letter, outcomes]) => [
    atEdge(gate, `service_auth_401_redirect at ${letter} in ${profile}`, {
      title: `with service_auth_401_redirect ${letter} returns 401 where the table says so`,
      evidence:
        profile === 'expected' ? 'expected' : profile === 'observed' ? 'recorded' : 'assumed',
      source: [
        'edge-401-setting',
        'edge-401-setting-every-block',
        'edge-401-setting-never-login',
        'emulator-401-requests-with-pair',
      ],
      profiles: [profile],
      async run(target) {
        const arranged = await arrange(target, letter, { service_auth_401_redirect: true })
        const askings: Readonly<Record<SentCredentials, EdgeAsking>> = {
          nobody: {},
          'bad pair': { pair: wrong(arranged.token) },
          'unnamed pair': { pair: await serviceToken(target) },
        }
        for (const [sent, outcome] of Object.entries(outcomes) as [
          SentCredentials,
          TableOutcome,
        ][]) {
          const answer = await ask(target, arranged.url, askings[sent])
          expectations(answer, outcome, { application: arranged.application, target })
        }
      },
    }),
  ]),
  atEdge(gate, 'block as JSON', {
    title: 'a block is JSON for clients that accept JSON but not HTML, and a page for others',
    source: ['edge-block-page', 'edge-block-json', 'edge-block-json-rule'],
    async run(target) {
      const { url, application: made } = await arrange(target, 'M')
      const types = [
        ['application/json', /^application\/json\b/],
        ['text/html,application/json', /^text\/html\b/],
        ['*/*', /^text\/html\b/],
      ] as const
      for (const [accept, type] of types) {
        const answer = await ask(target, url, { headers: { accept } })
        fits(answer.headers.get('content-type'), type, `content-type for ${accept}`)
        same(answer.status, 403, 'status')
        blocked(answer, { application: made })
      }
    },
  }),
  atEdge(gate, 'redirect for any request', {
    title: 'a POST and a request that accepts JSON are redirected to the login like any other',
    source: ['edge-login-redirect'],
    async run(target) {
      const { url, application: made } = await arrange(target, 'P')
      const asked = `${url}deep/er?a=b%20c&d`
      const posted = await ask(target, asked, { method: 'POST', body: 'x' })
      const json = await ask(target, asked, { headers: { accept: 'application/json' } })
      for (const answer of [posted, json])
        expectations(answer, 'login-', { application: made, target })
    },
  }),
  atEdge(gate, 'preflight without settings', {
    title: 'a preflight is blocked unless a setting allows it',
    evidence: 'documented',
    source: ['edge-preflight'],
    async run(target) {
      for (const letter of ['M', 'P'] as const) {
        const { url, application: made } = await arrange(target, letter)
        const answer = await ask(target, url, preflight)
        expectations(answer, '403', { application: made, target })
      }
    },
  }),
  atEdge(gate, 'preflight to the origin', {
    title: 'with options_preflight_bypass OPTIONS reaches the origin, and GET does not',
    evidence: 'documented',
    source: ['edge-preflight'],
    async run(target) {
      const { url } = await arrange(target, 'M', { options_preflight_bypass: true })
      same((await ask(target, url, preflight)).kind, 'not_access', 'OPTIONS')
      same((await ask(target, url)).kind, 'blocked', 'GET')
    },
  }),
  atEdge(gate, 'preflight by Access', {
    title: 'with cors_headers Access answers the preflight itself',
    evidence: 'documented',
    source: ['edge-preflight'],
    async run(target) {
      const cors_headers = {
        allowed_origins: ['https://app.example'],
        allowed_methods: ['GET', 'PUT'],
        allow_all_headers: true,
        allow_credentials: true,
        max_age: 600,
      }
      const { url } = await arrange(target, 'M', { cors_headers })
      const answer = await ask(target, url, preflight)
      same(answer.status, 200, 'status')
      holds(
        Object.fromEntries(answer.headers),
        {
          'access-control-allow-origin': 'https://app.example',
          'access-control-allow-methods': 'GET, PUT',
          'access-control-allow-headers': 'x-one',
          'access-control-allow-credentials': 'true',
          'access-control-max-age': '600',
          vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
        },
        'headers',
      )
      const headers = { ...preflight.headers, origin: 'https://elsewhere.example' }
      const foreign = await ask(target, url, { ...preflight, headers })
      same(foreign.headers.get('access-control-allow-origin'), null, 'for a foreign origin')
    },
  }),
  atEdge(gate, 'single JSON header', {
    title:
      'the pair is read from the header that the application names, with keys in lower case only',
    evidence: 'documented',
    source: ['edge-single-header', 'edge-single-header-case'],
    async run(target) {
      const name = 'x-service-token'
      const settings = { read_service_tokens_from_header: name }
      const { url, token } = await arrange(target, 'M', settings)
      const { client_id: id, client_secret: secret } = token
      const lower = { [headerNames.clientId]: id, [headerNames.clientSecret]: secret }
      const opened = await ask(target, url, { headers: { [name]: JSON.stringify(lower) } })
      same(opened.status, 200, 'status with keys in lower case')
      const upper = { 'CF-Access-Client-Id': id, 'CF-Access-Client-Secret': secret }
      const refused = await ask(target, url, { headers: { [name]: JSON.stringify(upper) } })
      same(refused.kind, 'blocked', 'with keys in capitals')
      same((await ask(target, url, { pair: token })).status, 200, 'status with the two headers')
    },
  }),
]
