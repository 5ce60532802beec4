/** Cases of groups, identity providers, tags and DNS records beyond the basic operations, and of the log. */
import { dnsRecordExample } from '../../../contracts/api/dns-records.ts'
import { api, resources } from '../../../contracts/api/operations.ts'
import { call, refuses, succeeds } from '../api-answer.ts'
import { application, arrange, hostName } from '../arrange.ts'
import type { Case } from '../case.ts'
import { atEdge, reading, writing } from '../define.ts'
import { holds, same } from '../difference.ts'
import { ask } from '../edge-answer.ts'
import { nobodysId } from '../guard.ts'

export const otherCases: readonly Case[] = [
  writing(api.groups.list, 'by name', {
    title: 'name and search select the matching groups',
    source: ['api-list-filters'],
    async run(target) {
      const made = []
      for (const name of [target.name('one'), target.name('two')]) {
        const body = { ...resources.groups.example, name } as const
        const { result } = await succeeds(target, api.groups.create, { body: plain(body) })
        target.cleanup(() => target.api.groups.delete({ group_id: result.id }))
        made.push(result)
      }
      for (const query of [{ name: made[0]?.name }, { search: made[0]?.name }]) {
        const { result } = await succeeds(target, api.groups.list, { query })
        const ids = result.map(({ id }) => id)
        const found = made.filter(({ id }) => ids.includes(id))
        same(found, [made[0]], JSON.stringify(query))
      }
    },
  }),
  writing(api.identityProviders.create, 'one-time pin once', {
    title: 'an account has One-time PIN once: a second one is a conflict',
    needs: ['own_account'],
    evidence: 'recorded',
    source: ['api-one-time-pin-once'],
    refused: 'conflict',
    input: { body: resources.identityProviders.example },
  }),
  writing(api.identityProviders.create, 'secrets stay', {
    title: 'a client secret is accepted and never returned',
    source: ['api-identity-providers'],
    async run(target) {
      const config = { client_id: 'an-id', client_secret: 'never-shown-again' }
      const body = { type: 'github', name: target.name('github'), config } as const
      const { result, answer } = await succeeds(target, api.identityProviders.create, { body })
      const params = { identity_provider_id: result.id }
      target.cleanup(() => target.api.identityProviders.delete(params))
      const found = await succeeds(target, api.identityProviders.get, { params })
      for (const { text } of [answer, found.answer]) {
        same(text.includes(config.client_secret), false, 'whether the answer holds the secret')
      }
      holds(result.config, { client_id: config.client_id }, 'config')
    },
  }),
  reading(api.scim.users, 'of an unknown provider', {
    title: 'SCIM users are those of an identity provider: of an unknown one, they are not found',
    source: ['api-scim', 'api-scim-nothing'],
    refused: 'not_found',
    input: { params: { identity_provider_id: nobodysId } },
  }),
  reading(api.scim.groups, 'of an unknown provider', {
    title: 'SCIM groups are those of an identity provider: of an unknown one, they are not found',
    source: ['api-scim', 'api-scim-nothing'],
    refused: 'not_found',
    input: { params: { identity_provider_id: nobodysId } },
  }),
  reading(api.scim.updates, 'of a provider', {
    title: 'a provider that does not exist has updated nothing',
    async run(target) {
      const query = { idp_id: nobodysId }
      same((await succeeds(target, api.scim.updates, { query })).result, [], 'updates')
    },
  }),
  reading(api.jitRequestLogs.list, 'by search', {
    title: 'no request for temporary access is found by what nobody wrote',
    async run(target) {
      const query = { search: nobodysId, status: 'PENDING' } as const
      same((await succeeds(target, api.jitRequestLogs.list, { query })).result, [], 'requests')
    },
  }),
  writing(api.tags.create, 'twice', {
    title: 'a tag that already exists is a conflict',
    evidence: 'assumed',
    source: ['api-conflict'],
    async run(target) {
      const body = { name: target.name('tag') }
      await succeeds(target, api.tags.create, { body })
      target.cleanup(() => target.api.tags.delete({ tag_name: body.name }))
      await refuses(target, api.tags.create, 'conflict', { body })
    },
  }),
  writing(api.dnsRecords.edit, 'changes parts', {
    title: 'PATCH changes the fields it names and nothing else',
    async run(target) {
      const body = { ...dnsRecordExample, name: hostName(target) }
      const { result: made } = await succeeds(target, api.dnsRecords.create, { body })
      const params = { dns_record_id: made.id }
      target.cleanup(() => call(target, api.dnsRecords.delete, { params }))
      const change = { comment: 'changed' }
      const { result } = await succeeds(target, api.dnsRecords.edit, { params, body: change })
      const { name, type, content, proxied } = made
      holds(result, { name, type, content, proxied, ...change }, 'answer')
    },
  }),
  writing(api.tags.get, 'counts its applications', {
    title: 'app_count says how many applications have the tag',
    async run(target) {
      const name = target.name('tag')
      await succeeds(target, api.tags.create, { body: { name } })
      target.cleanup(() => target.api.tags.delete({ tag_name: name }))
      const made = await application(target, { tags: [name] })
      same(made.tags, [name], 'tags of the application')
      const { result } = await succeeds(target, api.tags.get, { params: { tag_name: name } })
      same(result.app_count, 1, 'app_count')
    },
  }),
  atEdge(api.accessLogs.list, 'a machine is logged', {
    title: 'a request let in by its pair is found by its ray',
    needs: ['own_account'],
    evidence: 'assumed',
    source: ['api-access-log-of-machines'],
    async run(target) {
      const { application: made, url, token } = await arrange(target, 'M')
      const { ray = '' } = await ask(target, url, { pair: token })
      await target.settle()
      const query = { ray_id: ray.slice(0, 16) }
      const { result } = await succeeds(target, api.accessLogs.list, { query })
      same(result.length, 1, 'entries of the ray')
      holds(result[0], { allowed: true, app_uid: made.id, ray_id: ray.slice(0, 16) }, 'entry')
    },
  }),
  reading(api.accessLogs.list, 'bad time', {
    title: 'an invalid time is an invalid request',
    evidence: 'assumed',
    source: ['api-invalid-request', 'api-invalid-request-words'],
    refused: 'invalid_request',
    input: { query: { since: 'yesterday' } },
  }),
]

/** A mutable copy, since bodies are typed with mutable lists. */
function plain<T extends object>(value: T): { -readonly [K in keyof T]: Mutable<T[K]> } {
  return structuredClone(value) as { -readonly [K in keyof T]: Mutable<T[K]> }
}
type Mutable<T> = T extends readonly (infer I)[] ? I[] : T
