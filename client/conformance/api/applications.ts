/** Cases of applications beyond create, read, list, replace and delete: filters, policies, settings, revocation. */
import { api } from '../../../contracts/api/operations.ts'
import { succeeds } from '../api-answer.ts'
import { allowPeople, application, peopleDomain } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { reading, writing } from '../define.ts'
import { holds, same } from '../difference.ts'
import { nobodysId } from '../guard.ts'

const { list, replace } = api.applications

async function listed(
  target: CaseTarget,
  query: Readonly<Record<string, string | number | boolean>>,
): Promise<string[]> {
  const { result } = await succeeds(target, list, { query })
  return result.map(({ id }) => id)
}

export const applicationCases: readonly Case[] = [
  writing(list, 'filters pick', {
    title: 'name, domain, aud and search select the matching applications',
    source: ['api-list-filters'],
    async run(target) {
      const [one, other] = [await application(target), await application(target)]
      const { name = '', domain, aud } = one
      const picked = async (query: Parameters<typeof listed>[1]) => {
        const ids = await listed(target, query)
        return [one.id, other.id].filter((id) => ids.includes(id))
      }
      const queries: readonly Parameters<typeof listed>[1][] = [
        { aud },
        { name, exact: true },
        { domain: domain ?? '', exact: true },
        { domain: domain ?? '' },
        { search: aud },
        { search: domain ?? '' },
      ]
      for (const query of queries) same(await picked(query), [one.id], JSON.stringify(query))
      same(await picked({ aud: 'f'.repeat(64) }), [], 'an unknown AUD tag')
      same(await picked({ name: name.slice(0, -1), exact: true }), [], 'part of a name, exact')
    },
  }),
  writing(list, 'newest first', {
    title: 'the list starts with the newest',
    evidence: 'assumed',
    source: ['api-application-list-order'],
    async run(target) {
      const stem = target.name('aged')
      const made: string[] = []
      for (const suffix of ['a', 'b']) {
        made.unshift((await application(target, { name: `${stem}-${suffix}` })).id)
        await target.clock?.advance(1)
      }
      const { result } = await succeeds(target, list, { query: { name: stem } })
      const times = result.map(({ created_at }) => created_at)
      same(times, times.toSorted().toReversed(), 'times')
      // Within one second a live service may return them in either order.
      const ids = result.map(({ id }) => id)
      if (target.clock !== undefined) same(ids, made, 'ids')
    },
  }),
  writing(list, 'pages', {
    title: 'pages of two list three applications once each, and a page past the end is empty',
    source: ['api-empty-page', 'api-list-numbers'],
    async run(target) {
      const stem = target.name('paged')
      const made: string[] = []
      for (const suffix of ['a', 'b', 'c']) {
        made.push((await application(target, { name: `${stem}-${suffix}` })).id)
      }
      const query = { name: stem, per_page: 2 }
      const page = (number: number) => succeeds(target, list, { query: { ...query, page: number } })
      const [first, second, past] = [await page(1), await page(2), await page(3)]
      const lengths = [first, second, past].map(({ result }) => result.length)
      same(lengths, [2, 1, 0], 'items of the pages')
      const all_pages = { per_page: 2, total_count: 3, total_pages: 2 }
      same({ ...first.info }, { page: 1, count: 2, ...all_pages }, 'result_info')
      same({ ...past.info }, { page: 3, count: 0, ...all_pages }, 'result_info past the end')
      const all: string[] = []
      for await (const { id } of target.api.applications.list({ query })) all.push(id)
      same(all.sort(), made.sort(), 'what the client iterates over')
    },
  }),
  reading(list, 'per_page is clamped', {
    title: 'more than 1000 per page are clamped to 1000',
    evidence: 'assumed',
    source: ['api-page-clamped', 'api-page-sizes'],
    async run(target) {
      const { info } = await succeeds(target, list, { query: { per_page: 5000 } })
      same(info?.per_page, 1000, 'per_page')
    },
  }),
  writing(replace, 'policies absent', {
    title: 'a replacement without policies keeps them, and an empty list removes them',
    source: ['api-application-policies'],
    async run(target) {
      const policies = [allowPeople(peopleDomain)]
      const { id, name, domain, policies: made } = await application(target, { policies })
      const body = { type: 'self_hosted', name, domain } as const
      const params = { app_id: id }
      const { result: kept } = await succeeds(target, replace, { params, body })
      same(kept.policies, made, 'policies after a replacement without them')
      const bare = { params, body: { ...body, policies: [] } }
      const { result: emptied } = await succeeds(target, replace, bare)
      same(emptied.policies, [], 'policies after a replacement with none')
    },
  }),
  writing(replace, 'aud stays', {
    title: 'a replacement keeps the AUD tag, and omitted fields return to their defaults',
    async run(target) {
      const made = await application(target, { session_duration: '1h' })
      const { id, name, domain, aud } = made
      const body = { type: 'self_hosted', name, domain } as const
      const { result } = await succeeds(target, replace, { params: { app_id: id }, body })
      holds(result, { aud, session_duration: '24h' }, 'answer')
    },
  }),
  ...[api.applications.patchSettings, api.applications.replaceSettings].flatMap((endpoint) => [
    writing(endpoint, 'sets one field', {
      title: 'a changed setting is returned, and shows on the application',
      async run(target) {
        const { id } = await application(target)
        const params = { app_id: id }
        const body = { allow_iframe: true }
        const { result } = await succeeds(target, endpoint, { params, body })
        holds(result, body, 'answer')
        const { result: found } = await succeeds(target, api.applications.get, { params })
        holds(found, body, 'the application')
      },
    }),
    writing(endpoint, 'unknown', {
      title: 'an application that does not exist has no settings',
      refused: 'unknown_application',
      input: { params: { app_id: nobodysId }, body: { allow_iframe: true } },
    }),
  ]),
  writing(api.applications.revokeTokens, 'accepted', {
    title: 'revocation returns an empty object',
    async run(target) {
      const { id } = await application(target)
      const params = { app_id: id }
      const { result } = await succeeds(target, api.applications.revokeTokens, { params })
      same(result, {}, 'result')
    },
  }),
  writing(api.applications.revokeTokens, 'unknown', {
    title: 'an application that does not exist has no tokens to revoke',
    refused: 'unknown_application',
    input: { params: { app_id: nobodysId } },
  }),
  writing(api.applications.userPolicyChecks, 'names the application', {
    title: 'the check names the application and its policies',
    async run(target) {
      const { id, aud } = await application(target, { policies: [allowPeople(peopleDomain)] })
      const params = { app_id: id }
      const { result } = await succeeds(target, api.applications.userPolicyChecks, { params })
      holds(result.app_state, { app_uid: id, aud }, 'app_state')
      same(result.app_state?.policies.length, 1, 'policies')
    },
  }),
  reading(api.applications.userPolicyChecks, 'unknown', {
    title: 'an application that does not exist cannot be checked',
    refused: 'unknown_application',
    input: { params: { app_id: nobodysId } },
  }),
]
