/** Cases of infrastructure targets that are created and deleted several at once. */
import { api } from '../../../contracts/api/operations.ts'
import { succeeds } from '../api-answer.ts'
import { hostName } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { owning } from '../define.ts'
import { same } from '../difference.ts'

const { targets } = api
/** The guard of live writes knows what one POST creates, and no more. */

async function two(target: CaseTarget) {
  const body = [1, 2].map((last) => ({
    hostname: hostName(target),
    ip: { ipv4: { ip_addr: `192.0.2.${last}` } },
  }))
  const { result } = await succeeds(target, targets.createBatch, { body })
  const target_ids = result.map(({ id }) => id)
  for (const target_id of target_ids) {
    target.cleanup(() => target.api.targets.delete({ target_id }))
  }
  return { body, result, target_ids }
}

/** How many of them are left. */
async function left(target: CaseTarget, target_ids: readonly string[]): Promise<number> {
  const { result } = await succeeds(target, targets.list, { query: { per_page: 1000 } })
  return result.filter(({ id }) => target_ids.includes(id)).length
}

export const targetCases: readonly Case[] = [
  owning(targets.createBatch, 'several at once', {
    title: 'several targets are created at once, in their order',
    async run(target) {
      const { body, result, target_ids } = await two(target)
      const named = (each: { readonly hostname: string }) => each.hostname
      same(result.map(named), body.map(named), 'host names')
      same(await left(target, target_ids), 2, 'listed')
    },
  }),
  ...[targets.deleteBatch, targets.removeBatch].flatMap((operation) => [
    owning(operation, 'several at once', {
      title: 'several targets are deleted at once',
      async run(target) {
        const { target_ids } = await two(target)
        await succeeds(target, operation, { body: { target_ids } })
        same(await left(target, target_ids), 0, 'listed')
      },
    }),
  ]),
]
