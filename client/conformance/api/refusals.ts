/**
 * Cases of the gateway in front of the API, tested on the list of applications: missing or bad credentials, and
 * malformed calls.
 */
import { api } from '../../../contracts/api/operations.ts'
import type { ApiFailureName } from '../../../contracts/errors/errors.ts'
import type { Evidence } from '../../../contracts/evidence/evidence.ts'
import type { Sources } from '../../../contracts/evidence/sources.ts'
import { authorized, refused, send } from '../api-answer.ts'
import type { Case, CaseTarget, Need } from '../case.ts'
import { reading } from '../define.ts'
import { same } from '../difference.ts'

interface RefusalCase {
  readonly title: string
  readonly failure: ApiFailureName
  readonly source: Sources
  readonly evidence?: Evidence
  readonly needs?: readonly Need[]
  readonly method?: string
  readonly path?: (target: CaseTarget) => string
  readonly headers?: (target: CaseTarget) => Readonly<Record<string, string>>
  readonly body?: string
  /** The body has no other members than these. */
  readonly members?: readonly string[]
}

const bare = ['success', 'errors']
const apps = ({ account }: CaseTarget) => `/accounts/${account.id}${api.applications.list.path}`
const json = { 'content-type': 'application/json' }

const refusals: Readonly<Record<string, RefusalCase>> = {
  'no credentials': {
    title: 'a request without credentials gets an error that names the missing headers',
    failure: 'no_credentials',
    source: ['api-credentials-missing', 'api-gateway-order'],
    headers: () => ({}),
    members: bare,
  },
  'malformed token': {
    title: 'an Authorization header that cannot be a token is malformed',
    failure: 'token_malformed',
    source: ['api-token-malformed', 'api-token-form'],
    headers: () => ({ authorization: 'Bearer "two words"' }),
  },
  'wrong token': {
    title: 'an unknown token is an authentication error',
    failure: 'authentication_error',
    source: ['api-token-unknown'],
    headers: () => ({ authorization: `Bearer ${'w'.repeat(40)}` }),
    members: bare,
  },
  'malformed key': {
    title: 'a value that cannot be an API key is malformed',
    failure: 'auth_key_malformed',
    source: ['api-key-malformed'],
    headers: () => ({ 'x-auth-key': 'no key', 'x-auth-email': 'a@example.com' }),
  },
  'account of others': {
    title: 'an account that the token may not use is refused',
    failure: 'unauthorized_resource',
    source: ['api-account-foreign', 'api-account-foreign-shape'],
    evidence: 'assumed',
    needs: ['outsider'],
    path: ({ outsider }) => `/accounts/${outsider?.id}${api.applications.list.path}`,
    members: bare,
  },
  'unknown path': {
    title: 'a path without a route is an error that says so',
    failure: 'route_unknown',
    source: ['api-route-unknown', 'api-route-unknown-status'],
    evidence: 'assumed',
    path: (target) => `${apps(target)}-of-none`,
  },
  'malformed id': {
    title: 'an id in the wrong format matches no route',
    failure: 'route_unknown',
    source: ['api-route-unknown', 'api-route-unknown-status'],
    evidence: 'assumed',
    path: (target) => `${apps(target)}/not-a-uuid`,
  },
  'half a body': {
    title: 'half a JSON text is an invalid request',
    failure: 'invalid_request',
    source: ['api-body-limits'],
    evidence: 'assumed',
    method: 'POST',
    needs: ['write'],
    headers: (target) => ({ ...authorized(target), ...json }),
    body: '{"name": "a',
  },
  'huge body': {
    title: 'a body of more than 1 MiB is too large',
    failure: 'body_too_large',
    source: ['api-body-limits'],
    evidence: 'assumed',
    method: 'POST',
    needs: ['write', 'own_account'],
    headers: (target) => ({ ...authorized(target), ...json }),
    body: JSON.stringify({ name: 'a'.repeat(1_100_000) }),
  },
  'not emulated': {
    title: 'an operation that is not emulated says so, and is not a 404',
    failure: 'not_emulated',
    source: ['emulator-not-emulated'],
    evidence: 'emulator_only',
    path: ({ account }) => `/accounts/${account.id}/workers/scripts`,
  },
}

export const refusalCases: readonly Case[] = Object.entries(refusals).map(([what, row]) => {
  const { title, evidence = 'recorded', source, needs = [] } = row
  return reading(api.applications.list, what, {
    title,
    evidence,
    source,
    needs,
    async run(target) {
      const { method = 'GET', path = apps, headers = authorized, body } = row
      const answer = await send(target, path(target), {
        method,
        headers: headers(target),
        ...(body === undefined ? {} : { body }),
      })
      refused(answer, row.failure, what)
      if (row.members === undefined) return
      same(Object.keys(Object(answer.body)), row.members, 'members of the body')
    },
  })
})
