/** Infrastructure targets: filters, order and several at once. */
import { BadRequestError, NotFoundError } from 'cloudflare'
import { expect } from 'vitest'
import { everyItem, type LifeCycle, present } from '../official-client.ts'

const network = 'c77b744e-acc8-428f-9257-6878c046ed55'

export const infrastructureLifeCycles: readonly LifeCycle[] = [
  {
    title: 'several infrastructure targets at once',
    async drive({ client, account_id, send }) {
      const { targets } = client.zeroTrust.access.infrastructure
      const body = ['one', 'two', 'two'].map((hostname, index) => ({
        hostname,
        ip: { ipv4: { ip_addr: `192.0.2.${index}` } },
      }))
      const made = await everyItem(targets.bulkUpdate({ account_id, body }))
      expect(made.map(({ hostname }) => hostname)).toEqual(['one', 'two', 'two'])
      const ids = made.map(({ id }) => id)
      expect(new Set(ids).size).toBe(3)
      expect(await everyItem(targets.list({ account_id }))).toEqual(made)

      const [first = '', second = '', third = ''] = ids
      const nobody = '01234567-89ab-4cde-8f01-23456789abcd'
      const some = { account_id, target_ids: [first, nobody] }
      await expect(targets.bulkDeleteV2(some)).rejects.toThrow(NotFoundError)
      expect(await everyItem(targets.list({ account_id }))).toHaveLength(3)
      await targets.bulkDeleteV2({ account_id, target_ids: [first, second] })
      await send('DELETE', `/accounts/${account_id}/infrastructure/targets/batch`, {
        target_ids: [third],
      })
      expect(await everyItem(targets.list({ account_id }))).toEqual([])
    },
  },

  {
    title: 'the filters and order of infrastructure targets',
    async drive({ client, account_id }) {
      const { targets } = client.zeroTrust.access.infrastructure
      const four = (ip_addr: string) => ({ ipv4: { ip_addr } })
      const bastion = await targets.create({
        account_id,
        hostname: 'bastion',
        ip: four('10.0.0.9'),
      })
      const both = await targets.create({
        account_id,
        hostname: 'Alpha.db',
        ip: {
          ipv4: { ip_addr: '10.0.0.10', virtual_network_id: network },
          ipv6: { ip_addr: '2001:db8::10', virtual_network_id: network },
        },
      })
      const six = await targets.create({
        account_id,
        hostname: 'six.db',
        ip: { ipv6: { ip_addr: '2001:DB8:0::0020' } },
      })
      const [all, a, b, c] = [['bastion', 'Alpha.db', 'six.db'], 'bastion', 'Alpha.db', 'six.db']
      const found = async (query: object) =>
        (await everyItem(targets.list({ account_id, ...query }))).map(({ hostname }) => hostname)

      expect(await found({})).toEqual(all)
      expect(await found({ hostname: 'BASTION' })).toEqual([a])
      expect(await found({ hostname: 'bast' })).toEqual([])
      expect(await found({ hostname_contains: '.DB' })).toEqual([b, c])
      expect(await found({ virtual_network_id: network })).toEqual([b])
      const { virtual_network_id } = present(bastion.ip.ipv4)
      expect(await found({ virtual_network_id })).toEqual([a, c])
      expect(await found({ ip_v4: '10.0.0.9' })).toEqual([a])
      expect(await found({ ip_v6: '2001:db8::20' })).toEqual([c])
      expect(await found({ ips: ['10.0.0.9', '2001:db8:0:0::10'] })).toEqual([a, b])
      expect(await found({ ip_like: '10.0.0.1*' })).toEqual([b])
      expect(await found({ target_ids: [six.id, both.id] })).toEqual([b, c])
      expect(await found({ ipv4_start: '10.0.0.2', ipv4_end: '10.0.0.9' })).toEqual([a])
      expect(await found({ ipv6_start: '2001:db8::', ipv6_end: '2001:db8::1f' })).toEqual([b])
      expect(await found({ created_before: '2000-01-01T00:00:00Z' })).toEqual([])
      expect(await found({ created_after: '2000-01-01T00:00:00Z' })).toEqual(all)
      expect(await found({ modified_after: '2100-01-01T00:00:00Z' })).toEqual([])
      expect(await found({ modified_before: '2100-01-01T00:00:00Z', hostname: 'six.db' })).toEqual([
        c,
      ])
      expect(await found({ order: 'hostname' })).toEqual([b, a, c])
      expect(await found({ order: 'created_at', direction: 'desc' })).toEqual([c, b, a])

      const half = targets.list({ account_id, ipv4_start: '10.0.0.2' })
      await expect(half).rejects.toThrow(BadRequestError)
      await expect(targets.list({ account_id, ipv4_start: '10.0.0.2' })).rejects.toThrow(/ipv4_end/)
    },
  },
]
