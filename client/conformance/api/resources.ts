/** The resources that have the plain five operations, as the life-cycle cases need to know them. */
import type { ApiFailureName } from '../../../contracts/errors.ts'
import {
  api,
  applicationExample,
  dnsRecordExample,
  type Endpoint,
  groupExample,
  policyExample,
  serviceTokenExample,
  workerRouteExample,
} from '../../../contracts/index.ts'
import { application, hostName } from '../arrange.ts'
import type { CaseTarget } from '../case.ts'
import { nobodysHex } from '../guard.ts'

type Operation = 'list' | 'get' | 'create' | 'replace' | 'delete'
type Parameters = Readonly<Record<string, string>>

export interface Resource {
  readonly group: Readonly<Record<Operation, Endpoint>>
  /** What an answer is identified by, and the path parameter that takes it. */
  readonly key: 'id' | 'name'
  readonly param: string
  /** What must be there before: parameters of the path. */
  readonly parents?: (target: CaseTarget) => Promise<Parameters>
  readonly body: (target: CaseTarget) => Readonly<Record<string, unknown>>
  /** A replacement: what changes in the body. */
  readonly change: (target: CaseTarget) => Readonly<Record<string, unknown>>
  /** Fields of the body that no answer shows. */
  readonly hidden?: readonly string[]
  readonly unknown: ApiFailureName
  /** A key of the right form that nothing has, where that form is not a UUID. */
  readonly nobody?: string
  /** How an invalid body is refused, where that is not `invalid_request`. */
  readonly refusal?: ApiFailureName
  /** Bodies that are refused, by what is wrong with them. */
  readonly invalid: Readonly<Record<string, unknown>>
}

const include = [{ email_domain: { domain: 'people.example' } }]

export const resources: readonly Resource[] = [
  {
    group: api.applications,
    key: 'id',
    param: 'app_id',
    body: (target) => ({
      ...applicationExample,
      name: target.name('wiki'),
      domain: hostName(target),
    }),
    change: (target) => ({ name: target.name('renamed'), session_duration: '1h' }),
    unknown: 'unknown_application',
    invalid: {
      'no type': { name: 'x', domain: 'x.example' },
      'an unknown type': { type: 'castle', name: 'x' },
      'no domain': { type: 'self_hosted', name: 'x' },
      'a session duration that is none': {
        type: 'self_hosted',
        domain: 'x.example',
        session_duration: 'long',
      },
    },
  },
  {
    group: api.applicationPolicies,
    key: 'id',
    param: 'policy_id',
    parents: async (target) => ({ app_id: (await application(target)).id }),
    body: (target) => ({ ...policyExample, name: target.name('policy') }),
    change: (target) => ({ name: target.name('renamed'), decision: 'deny' }),
    unknown: 'not_found',
    invalid: {
      'no name': { decision: 'allow', include },
      'an unknown decision': { name: 'x', decision: 'perhaps', include },
      'an unknown selector': { name: 'x', decision: 'allow', include: [{ zodiac: {} }] },
    },
  },
  {
    group: api.reusablePolicies,
    key: 'id',
    param: 'policy_id',
    body: (target) => ({ ...policyExample, name: target.name('policy') }),
    change: (target) => ({ name: target.name('renamed'), decision: 'deny' }),
    unknown: 'not_found',
    invalid: {
      'no include': { name: 'x', decision: 'allow' },
      'an unknown decision': { name: 'x', decision: 'perhaps', include },
    },
  },
  {
    group: api.serviceTokens,
    key: 'id',
    param: 'service_token_id',
    body: (target) => ({ ...serviceTokenExample, name: target.name('token') }),
    change: (target) => ({ name: target.name('renamed'), duration: '17520h' }),
    unknown: 'not_found',
    invalid: { 'no name': { duration: '24h' }, 'a bad duration': { name: 'x', duration: 'soon' } },
  },
  {
    group: api.groups,
    key: 'id',
    param: 'group_id',
    body: (target) => ({ ...groupExample, name: target.name('group') }),
    change: (target) => ({ name: target.name('renamed'), exclude: [] }),
    unknown: 'unknown_group',
    invalid: { 'no include': { name: 'x' }, 'an empty name': { name: '', include } },
  },
  {
    group: api.identityProviders,
    key: 'id',
    param: 'identity_provider_id',
    // The contract's example is One-time PIN, which an account has once.
    body: (target) => ({
      type: 'github',
      name: target.name('provider'),
      config: { client_id: 'an-id', client_secret: 'a-secret' },
    }),
    change: (target) => ({ name: target.name('renamed') }),
    hidden: ['config'],
    unknown: 'not_found',
    invalid: { 'an unknown type': { type: 'horoscope', name: 'x', config: {} } },
  },
  {
    group: api.tags,
    key: 'name',
    param: 'tag_name',
    body: (target) => ({ name: target.name('tag') }),
    change: () => ({}),
    unknown: 'not_found',
    invalid: { 'no name': {}, 'a name of 36 characters': { name: 'a'.repeat(36) } },
  },
  {
    group: api.dnsRecords,
    key: 'id',
    param: 'dns_record_id',
    body: (target) => ({ ...dnsRecordExample, name: hostName(target) }),
    change: () => ({ content: '100::1', comment: 'changed' }),
    unknown: 'unknown_dns_record',
    nobody: nobodysHex,
    refusal: 'dns_request_invalid',
    invalid: { 'an unknown type': { type: 'RUNE', name: 'x', content: 'x' }, 'no body': {} },
  },
  {
    group: api.workerRoutes,
    key: 'id',
    param: 'route_id',
    body: (target) => ({ ...workerRouteExample, pattern: `${hostName(target)}/*` }),
    change: () => ({ script: 'another' }),
    unknown: 'unknown_worker_route',
    nobody: nobodysHex,
    refusal: 'worker_request_invalid',
    invalid: { 'no pattern': { script: 'app' } },
  },
]
