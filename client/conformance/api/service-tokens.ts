/** Cases of service tokens: the secret that is shown once, rotation and its grace period, expiry, use. */
import { api } from '../../../contracts/api/operations.ts'
import { clientId, durationSeconds } from '../../../contracts/declaration/primitives.ts'
import { refuses, succeeds } from '../api-answer.ts'
import { application, arrange, serviceAuth, serviceToken } from '../arrange.ts'
import type { Case } from '../case.ts'
import { atEdge, writing } from '../define.ts'
import { fits, holds, parsed, present, same } from '../difference.ts'
import { ask } from '../edge-answer.ts'
import { nobodysId } from '../guard.ts'

const { serviceTokens } = api

function seconds(text: string | undefined): number {
  return Date.parse(present(text, 'time')) / 1000
}

function rfc3339(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
}

export const serviceTokenCases: readonly Case[] = [
  writing(serviceTokens.create, 'the pair', {
    title: 'a new one has a client id and a secret that begins with cfast_',
    source: ['edge-service-token-headers', 'api-service-tokens'],
    async run(target) {
      const made = await serviceToken(target)
      parsed(clientId(), made.client_id, 'client_id')
      fits(made.client_secret, /^cfast_[0-9A-Za-z]{48}$/, 'client_secret')
      same(made.client_secret_version, 1, 'client_secret_version')
    },
  }),
  writing(serviceTokens.create, 'expires after its duration', {
    title: 'it is valid for a year by default; one that is valid forever has a date too',
    source: ['api-service-tokens', 'api-service-token-forever'],
    async run(target) {
      const year = await serviceToken(target)
      same(year.duration, '8760h', 'duration')
      const lived = seconds(year.expires_at) - seconds(year.created_at)
      same(lived, durationSeconds('8760h'), 'life in seconds')
      const forever = await serviceToken(target, { duration: 'forever' })
      holds(forever, { duration: 'forever' }, 'a token without end')
      same(seconds(forever.expires_at) > seconds(year.expires_at), true, 'whether it ends later')
    },
  }),
  ...[serviceTokens.get, serviceTokens.list].flatMap((endpoint) => [
    writing(endpoint, 'no secret', {
      title: 'the secret is not shown again',
      async run(target) {
        const { id, client_secret } = await serviceToken(target)
        const params = { service_token_id: id }
        const { answer } = await succeeds(target, endpoint, { params } as never)
        same(answer.text.includes(client_secret), false, 'whether the answer holds the secret')
      },
    }),
  ]),
  writing(serviceTokens.rotate, 'new secret', {
    title: 'rotation returns a new secret with the next version and keeps the client id',
    async run(target) {
      const { id, client_id, client_secret } = await serviceToken(target)
      const params = { service_token_id: id }
      const { result } = await succeeds(target, serviceTokens.rotate, { params })
      holds(result, { client_id, client_secret_version: 2 }, 'answer')
      same(result.client_secret === client_secret, false, 'whether the secret is the old one')
    },
  }),
  atEdge(serviceTokens.rotate, 'old secret dies', {
    title: 'without a grace period the old secret stops working at once and the new one works',
    async run(target) {
      const { token, url } = await arrange(target, 'M')
      const params = { service_token_id: token.id }
      const { result: rotated } = await succeeds(target, serviceTokens.rotate, { params })
      await target.settle()
      same((await ask(target, url, { pair: rotated })).status, 200, 'with the new secret')
      const old = await ask(target, url, { pair: token })
      same(old.kind, 'blocked', 'with the old secret')
    },
  }),
  atEdge(serviceTokens.rotate, 'grace', {
    title: 'during the grace period both secrets work, afterwards only the new one',
    needs: ['clock'],
    async run(target) {
      const { token, url } = await arrange(target, 'M')
      const clock = present(target.clock, 'clock')
      const body = { previous_client_secret_expires_at: rfc3339((await clock.now()) + 3600) }
      const input = { params: { service_token_id: token.id }, body }
      const { result: rotated } = await succeeds(target, serviceTokens.rotate, input)
      const statuses = async () => [
        (await ask(target, url, { pair: token })).kind,
        (await ask(target, url, { pair: rotated })).status,
      ]
      const opened = target.profile === 'strict' ? 'not_access' : 'passed'
      same(await statuses(), [opened, 200], 'old and new within the grace')
      await clock.advance(3601)
      same(await statuses(), ['blocked', 200], 'old and new after the grace')
    },
  }),
  writing(serviceTokens.rotate, 'unknown', {
    title: 'one that does not exist cannot be rotated',
    refused: 'not_found',
    input: { params: { service_token_id: nobodysId } },
  }),
  writing(serviceTokens.refresh, 'starts anew', {
    title: 'refresh restarts the duration',
    needs: ['clock'],
    async run(target) {
      const { id, expires_at } = await serviceToken(target, { duration: '24h' })
      await present(target.clock, 'clock').advance(3600)
      const params = { service_token_id: id }
      const { result } = await succeeds(target, serviceTokens.refresh, { params })
      const later = seconds(result.expires_at) - seconds(expires_at)
      same(later >= 3600 && later < 3700, true, `whether it ends an hour later (${later} s)`)
    },
  }),
  writing(serviceTokens.refresh, 'unknown', {
    title: 'one that does not exist cannot be refreshed',
    refused: 'not_found',
    input: { params: { service_token_id: nobodysId } },
  }),
  writing(serviceTokens.replace, 'version rotates', {
    title: 'a higher client_secret_version rotates, the same one does not',
    source: ['api-service-token-rotation'],
    async run(target) {
      const { id, name, client_secret } = await serviceToken(target)
      const params = { service_token_id: id }
      const same_version = { params, body: { name, client_secret_version: 1 } }
      const kept = await succeeds(target, serviceTokens.replace, same_version)
      same(kept.result.client_secret, undefined, 'secret for the same version')
      const next = { params, body: { name, client_secret_version: 2 } }
      const { result } = await succeeds(target, serviceTokens.replace, next)
      same(result.client_secret_version, 2, 'client_secret_version')
      const secret = present(result.client_secret, 'secret for the next version')
      same(secret === client_secret, false, 'whether the secret is the old one')
    },
  }),
  atEdge(serviceTokens.replace, 'disabled', {
    title: 'a disabled token opens nothing, and works again once enabled',
    source: ['edge-service-token-life'],
    async run(target) {
      const { token, url } = await arrange(target, 'M')
      const params = { service_token_id: token.id }
      for (const enabled of [false, true]) {
        await succeeds(target, serviceTokens.replace, { params, body: { enabled } })
        await target.settle()
        const { status } = await ask(target, url, { pair: token })
        const refused = target.profile === 'strict' ? 401 : 403
        same(status, enabled ? 200 : refused, `status with enabled ${enabled}`)
      }
    },
  }),
  writing(serviceTokens.delete, 'in use', {
    title: 'a token that a policy names cannot be removed until the policy is gone',
    evidence: 'recorded',
    source: ['api-token-in-use'],
    async run(target) {
      const token = await serviceToken(target)
      const { id } = await application(target, { policies: [serviceAuth(token)] })
      const params = { service_token_id: token.id }
      await refuses(target, serviceTokens.delete, 'service_token_in_use', { params })
      await succeeds(target, api.applications.delete, { params: { app_id: id } })
      await succeeds(target, serviceTokens.delete, { params })
    },
  }),
  writing(serviceTokens.list, 'by name', {
    title: 'name and search select the matching tokens',
    source: ['api-list-filters'],
    async run(target) {
      const [one, other] = [await serviceToken(target), await serviceToken(target)]
      for (const query of [{ name: one.name }, { search: one.name }]) {
        const { result } = await succeeds(target, serviceTokens.list, { query })
        const ids = result.map(({ id }) => id)
        const found = [one.id, other.id].filter((id) => ids.includes(id))
        same(found, [one.id], JSON.stringify(query))
      }
    },
  }),
]
