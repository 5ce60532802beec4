/** Cases of policies beyond the basic operations: reusable ones and their use, rules that name objects. */
import { api } from '../../../contracts/api/operations.ts'
import { refuses, succeeds } from '../api-answer.ts'
import { allowPeople, application, peopleDomain, serviceAuth, serviceToken } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { casesOf } from '../define.ts'
import { fits, holds, present, same } from '../difference.ts'
import { nobodysId } from '../guard.ts'

const needs = ['write'] as const
const { reusablePolicies, applicationPolicies } = api

async function reusable(target: CaseTarget) {
  const body = { ...allowPeople(peopleDomain), name: target.name('reusable') }
  const { result } = await succeeds(target, reusablePolicies.create, { body })
  target.cleanup(() => target.api.reusablePolicies.delete({ policy_id: result.id }))
  return result
}

const used = [
  ...casesOf(reusablePolicies.get, {
    'counts its applications': {
      title: 'app_count says how many applications use it',
      needs,
      async run(target) {
        const policy = await reusable(target)
        holds(policy, { reusable: true, app_count: 0 }, 'before')
        const { policies } = await application(target, { policies: [{ id: policy.id }] })
        holds(policies[0], { id: policy.id, precedence: 1 }, 'as the application embeds it')
        const params = { policy_id: policy.id }
        const { result } = await succeeds(target, reusablePolicies.get, { params })
        same(result.app_count, 1, 'app_count')
      },
    },
  }),
  ...casesOf(reusablePolicies.delete, {
    'in use': {
      title: 'a policy that an application uses cannot be removed',
      needs,
      evidence: 'assumed',
      source: ['api-conflict'],
      async run(target) {
        const policy = await reusable(target)
        await application(target, { policies: [policy.id] })
        const params = { policy_id: policy.id }
        await refuses(target, reusablePolicies.delete, 'conflict', { params })
      },
    },
  }),
  ...casesOf(applicationPolicies.makeReusable, {
    moves: {
      title: 'an application’s policy becomes reusable, and stays in use',
      needs,
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
    },
    unknown: {
      title: 'a policy that the application does not have is refused',
      needs,
      async run(target) {
        const { id } = await application(target)
        const params = { app_id: id, policy_id: nobodysId }
        await refuses(target, applicationPolicies.makeReusable, 'not_found', { params })
      },
    },
  }),
]

const rules = casesOf(applicationPolicies.create, {
  'precedence is the next': {
    title: 'without precedence a policy comes last',
    needs,
    async run(target) {
      const { id } = await application(target, { policies: [allowPeople(peopleDomain)] })
      const body = { ...allowPeople(peopleDomain), name: 'second' }
      const params = { app_id: id }
      const { result } = await succeeds(target, applicationPolicies.create, { params, body })
      same(result.precedence, 2, 'precedence')
    },
  },
  'client id is no token id': {
    title: 'a rule that names a service token by its client id is refused',
    needs,
    evidence: 'assumed',
    source: ['api-rule-references', 'api-rule-references-words', 'edge-service-token-include'],
    async run(target) {
      const { client_id } = await serviceToken(target)
      const { id } = await application(target)
      const input = { params: { app_id: id }, body: serviceAuth({ id: client_id }) }
      const { message } = await refuses(
        target,
        applicationPolicies.create,
        'invalid_request',
        input,
      )
      fits(message, /service token not found/, 'message')
    },
  },
})

const orphans = casesOf(api.applicationPolicies.list, {
  'the recorded fields': {
    title: 'an application’s policy is returned with the recorded fields and no others',
    needs,
    evidence: 'assumed',
    source: ['api-own-policy-fields'],
    async run(target) {
      const { id } = await application(target)
      const params = { app_id: id }
      const body = allowPeople(peopleDomain)
      await succeeds(target, applicationPolicies.create, { params, body })
      const { result } = await succeeds(target, applicationPolicies.list, { params })
      const policy = present(result[0], 'policy')
      same(
        Object.keys(policy).sort(),
        [
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
        ],
        'names of the fields',
      )
      holds(policy, { reusable: false, exclude: [], require: [] }, 'policy')
    },
  },
  'a reusable one among them': {
    title: 'a linked policy is marked reusable, and the application’s own is not',
    needs,
    evidence: 'assumed',
    source: ['api-reusable-policy-fields', 'api-own-policy-fields'],
    async run(target) {
      const shared = await reusable(target)
      const { id } = await application(target, { policies: [shared.id] })
      const params = { app_id: id }
      const own = { ...allowPeople(peopleDomain), name: 'own' }
      await succeeds(target, applicationPolicies.create, { params, body: own })
      const { result } = await succeeds(target, applicationPolicies.list, { params })
      same(
        result.map((policy) => policy.reusable),
        [true, false],
        'reusable',
      )
    },
  },
  'unknown application': {
    title: 'an application that does not exist has no policies',
    async run(target) {
      const params = { app_id: nobodysId }
      await refuses(target, applicationPolicies.list, 'unknown_application', { params })
    },
  },
  'in order': {
    title: 'policies are listed by precedence, not by age',
    needs,
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
      same(
        result.map(({ name }) => name),
        ['sooner', 'later'],
        'names',
      )
    },
  },
})

export const policyCases: readonly Case[] = [...used, ...rules, ...orphans]
