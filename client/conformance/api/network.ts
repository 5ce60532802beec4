/** Cases of what surrounds Access: accounts, zones, and whether an API token is valid. */

import { api } from '../../../contracts/api/operations.ts'
import { apiTokenIsActive } from '../../../contracts/api/token-verify.ts'
import { refused, send, succeeds } from '../api-answer.ts'
import type { Case } from '../case.ts'
import { owning, reading } from '../define.ts'
import { holds, present, same } from '../difference.ts'

const wrongToken = { authorization: `Bearer ${'w'.repeat(40)}` }

export const networkCases: readonly Case[] = [
  reading(api.accounts.list, 'has the account', {
    title: 'this account is among those that the token can see',
    async run(target) {
      const { result } = await succeeds(target, api.accounts.list)
      const found = result.some(({ id }) => id === target.account.id)
      same(found, true, 'whether the account is listed')
    },
  }),
  reading(api.accounts.get, 'is the account', {
    title: 'an account is found by its id',
    async run(target) {
      const params = { account_id: target.account.id }
      const { result } = await succeeds(target, api.accounts.get, { params })
      same(result.id, target.account.id, 'id')
    },
  }),
  reading(api.accounts.get, 'another account', {
    title: 'an account that the token cannot see is refused',
    needs: ['outsider'],
    evidence: 'assumed',
    source: ['api-account-foreign', 'api-account-foreign-shape'],
    refused: 'unauthorized_resource',
    input: (target) => ({ params: { account_id: target.outsider?.id ?? '' } }),
  }),
  reading(api.zones.list, 'by name', {
    title: 'the zone is found by its name',
    async run(target) {
      const { name, id } = target.zone
      const { result } = await succeeds(target, api.zones.list, { query: { name } })
      const zones = result.map((zone) => [zone.id, zone.account.id])
      same(zones, [[id, target.account.id]], 'zones of that name')
    },
  }),
  reading(api.zones.get, 'is the zone', {
    title: 'the zone is found by its id',
    async run(target) {
      const params = { zone_id: target.zone.id }
      const { result } = await succeeds(target, api.zones.get, { params })
      same(result.name, target.zone.name, 'name')
    },
  }),
  reading(api.zones.get, 'of another account', {
    title: 'a zone that the token cannot see is refused',
    needs: ['outsider'],
    evidence: 'assumed',
    source: ['api-account-foreign', 'api-account-foreign-shape'],
    refused: 'unauthorized_resource',
    input: (target) => ({ params: { zone_id: target.outsider?.zone_id ?? '' } }),
  }),
  reading(api.tokenVerify.user, 'active', {
    title: 'a valid API token is active, and a message says so',
    async run(target) {
      const { result, answer } = await succeeds(target, api.tokenVerify.user)
      same(result.status, 'active', 'status')
      const messages = Reflect.get(Object(answer.body), 'messages')
      const { code, message } = apiTokenIsActive
      holds(present(Object(messages)[0], 'message'), { code, message }, 'message')
    },
  }),
  reading(api.tokenVerify.user, 'wrong', {
    title: 'a wrong API token is invalid',
    evidence: 'assumed',
    source: ['api-token-verify-invalid'],
    async run(target) {
      const answer = await send(target, api.tokenVerify.user.path, { headers: wrongToken })
      refused(answer, 'api_token_invalid', api.tokenVerify.user.id)
    },
  }),
  owning(api.tokenVerify.account, 'active', {
    title: 'a valid API token is active under its account',
    async run(target) {
      const { result } = await succeeds(target, api.tokenVerify.account)
      same(result.status, 'active', 'status')
    },
  }),
  reading(api.tokenVerify.account, 'wrong', {
    title: 'a wrong API token is invalid under the account',
    evidence: 'assumed',
    source: ['api-token-verify-invalid'],
    async run(target) {
      const path = `/accounts/${target.account.id}${api.tokenVerify.account.path}`
      refused(
        await send(target, path, { headers: wrongToken }),
        'api_token_invalid',
        api.tokenVerify.account.id,
      )
    },
  }),
]
