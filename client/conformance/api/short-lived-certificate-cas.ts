/** Cases of the short-lived certificate CAs of applications. */
import { api } from '../../../contracts/api/operations.ts'
import { refuses, succeeds } from '../api-answer.ts'
import { application } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { writing } from '../define.ts'
import { same } from '../difference.ts'

const { shortLivedCertificateCas: cas } = api
const once = {
  evidence: 'assumed',
  source: ['api-short-lived-certificate-ca-once'],
} as const

/** An application with a CA; deleting the application removes both. */
async function withCa(target: CaseTarget) {
  const { id: app_id, aud } = await application(target)
  const params = { app_id }
  const { result: ca } = await succeeds(target, cas.create, { params })
  return { params, aud, ca }
}

export const shortLivedCertificateCaCases: readonly Case[] = [
  writing(cas.create, 'of the application', {
    title: 'a CA is created for the AUD tag of its application',
    async run(target) {
      const { aud, ca } = await withCa(target)
      same(ca.aud, aud, 'aud')
    },
  }),
  writing(cas.create, 'twice', {
    title: 'an application has one CA: a second one is a conflict',
    ...once,
    refused: 'conflict',
    input: async (target) => ({ params: (await withCa(target)).params }),
  }),
  writing(cas.get, 'as made', {
    title: 'the CA is found as created, under the account and under the zone',
    async run(target) {
      const { params, ca } = await withCa(target)
      for (const zone of [false, true]) {
        const { result } = await succeeds(target, cas.get, { params, zone })
        same(result, ca, 'what is found')
      }
    },
  }),
  writing(cas.get, 'of an application without one', {
    title: 'for an application without a CA none is found',
    ...once,
    refused: 'not_found',
    input: async (target) => ({ params: { app_id: (await application(target)).id } }),
  }),
  writing(cas.list, 'holds every one', {
    title: 'the list holds the CA of each application',
    async run(target) {
      const { ca } = await withCa(target)
      const { result } = await succeeds(target, cas.list, { query: { per_page: 1000 } })
      const found = result.filter(({ id }) => id === ca.id)
      same(found, [ca], 'what the list holds of it')
    },
  }),
  writing(cas.delete, 'is gone', {
    title: 'a deleted CA is gone, and a new one can be created, with another key',
    ...once,
    async run(target) {
      const { params, ca } = await withCa(target)
      const { result } = await succeeds(target, cas.delete, { params })
      same(result.id, ca.id, 'id')
      await refuses(target, cas.get, 'not_found', { params })
      const { result: other } = await succeeds(target, cas.create, { params })
      same(other.public_key === ca.public_key, false, 'whether its key is the same')
    },
  }),
]
