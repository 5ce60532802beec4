/** Cases of policies beyond the basic operations: reusable ones and their use, rules that name objects. */
import { api } from '../../../contracts/api/operations.ts'
import { succeeds } from '../api-answer.ts'
import { allowPeople, application, peopleDomain, serviceAuth, serviceToken } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { reading, writing } from '../define.ts'
import { holds, present, same } from '../difference.ts'
import { nobodysId } from '../guard.ts'

const { reusablePolicies, applicationPolicies } = api

/** The fields of an application's own policy (api-own-policy-fields). */
const recordedFields = [
  'created_at',
  'decision',
  'exclude',
  'id',
  'include',
  'name',
  'precedence',
  'require',
  'reusable',
  'uid',
  'updated_at',
]

async function reusable(target: CaseTarget) {
  const body = { ...allowPeople(peopleDomain), name: target.name('reusable') }
  const { result } = await succeeds(target, reusablePolicies.create, { body })
  target.cleanup(() => target.api.reusablePolicies.delete({ policy_id: result.id }))
  return result
}

export const policyCases: readonly Case[] = [
  writing(reusablePolicies.get, 'counts its applications', {
    title: 'app_count says how many applications use it',
    async run(target) {
      const policy = await reusable(target)
      holds(policy, { reusable: true, app_count: 0 }, 'before')
      const { policies } = await application(target, { policies: [{ id: policy.id }] })
      holds(policies[0], { id: policy.id, precedence: 1 }, 'as the application embeds it')
      const params = { policy_id: policy.id }
      const { result } = await succeeds(target, reusablePolicies.get, { params })
      same(result.app_count, 1, 'app_count')
    },
  }),
  writing(reusablePolicies.delete, 'in use', {
    title: 'a policy that an application uses cannot be removed',
    evidence: 'assumed',
    source: ['api-conflict'],
    refused: 'conflict',
    async input(target) {
      const { id: policy_id } = await reusable(target)
      await application(target, { policies: [policy_id] })
      return { params: { policy_id } }
    },
  }),
  writing(applicationPolicies.makeReusable, 'moves', {
    title: 'an application’s policy becomes reusable, and stays in use',
    async run(target) {
      const made = await application(target, { policies: [allowPeople(peopleDomain)] })
      const policy = present(made.policies[0], 'policy')
      const params = { app_id: made.id, policy_id: policy.id }
      const { result: list } = await succeeds(target, applicationPolicies.makeReusable, {
        params,
      })
      const result = present(list[0], 'policy in the answer')
      same(result.reusable, true, 'reusable')
      target.cleanup(async () => {
        await target.api.applications.delete({ app_id: made.id }).catch(() => {})
        await target.api.reusablePolicies.delete({ policy_id: result.id })
      })
      const at = { policy_id: result.id }
      const { result: found } = await succeeds(target, reusablePolicies.get, { params: at })
      holds(found, { name: policy.name, app_count: 1 }, 'the reusable policy')
    },
  }),
  writing(applicationPolicies.makeReusable, 'unknown', {
    title: 'a policy that the application does not have is refused',
    refused: 'not_found',
    async input(target) {
      const { id: app_id } = await application(target)
      return { params: { app_id, policy_id: nobodysId } }
    },
  }),
  writing(applicationPolicies.create, 'precedence is the next', {
    title: 'without precedence a policy comes last',
    async run(target) {
      const { id } = await application(target, { policies: [allowPeople(peopleDomain)] })
      const body = { ...allowPeople(peopleDomain), name: 'second' }
      const params = { app_id: id }
      const { result } = await succeeds(target, applicationPolicies.create, { params, body })
      same(result.precedence, 2, 'precedence')
    },
  }),
  writing(applicationPolicies.create, 'client id is no token id', {
    title: 'a rule that names a service token by its client id is refused',
    evidence: 'assumed',
    source: ['api-rule-references', 'api-rule-references-words', 'edge-service-token-include'],
    refused: 'invalid_request',
    message: /service token not found/,
    async input(target) {
      const { client_id } = await serviceToken(target)
      const { id: app_id } = await application(target)
      return { params: { app_id }, body: serviceAuth({ id: client_id }) }
    },
  }),
  writing(applicationPolicies.list, 'the recorded fields', {
    title: 'an application’s policy is returned with the recorded fields and no others',
    evidence: 'assumed',
    source: ['api-own-policy-fields'],
    async run(target) {
      const { id } = await application(target)
      const params = { app_id: id }
      const body = allowPeople(peopleDomain)
      await succeeds(target, applicationPolicies.create, { params, body })
      const { result } = await succeeds(target, applicationPolicies.list, { params })
      const policy = present(result[0], 'policy')
      same(Object.keys(policy).sort(), recordedFields, 'names of the fields')
      holds(policy, { reusable: false, exclude: [], require: [] }, 'policy')
    },
  }),
  writing(applicationPolicies.list, 'a reusable one among them', {
    title: 'a linked policy is marked reusable, and the application’s own is not',
    evidence: 'assumed',
    source: ['api-reusable-policy-fields', 'api-own-policy-fields'],
    async run(target) {
      const shared = await reusable(target)
      const { id } = await application(target, { policies: [shared.id] })
      const params = { app_id: id }
      const own = { ...allowPeople(peopleDomain), name: 'own' }
      await succeeds(target, applicationPolicies.create, { params, body: own })
      const { result } = await succeeds(target, applicationPolicies.list, { params })
      const reusables = result.map((policy) => policy.reusable)
      same(reusables, [true, false], 'reusable')
    },
  }),
  reading(applicationPolicies.list, 'unknown application', {
    title: 'an application that does not exist has no policies',
    refused: 'unknown_application',
    input: { params: { app_id: nobodysId } },
  }),
  writing(applicationPolicies.list, 'in order', {
    title: 'policies are listed by precedence, not by age',
    async run(target) {
      const { id } = await application(target)
      const params = { app_id: id }
      for (const [name, precedence] of [
        ['later', 20],
        ['sooner', 10],
      ] as const) {
        const body = { ...allowPeople(peopleDomain), name, precedence }
        await succeeds(target, applicationPolicies.create, { params, body })
      }
      const { result } = await succeeds(target, applicationPolicies.list, { params })
      const names = result.map(({ name }) => name)
      same(names, ['sooner', 'later'], 'names')
    },
  }),
]
