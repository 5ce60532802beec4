/** A zone's resources apart from Access, DNS records and Worker routes, through the official client. */
import { BadRequestError, ConflictError, NotFoundError } from 'cloudflare'
import { expect } from 'vitest'
import { everyItem, type LifeCycle } from '../official-client.ts'

export const zoneLifeCycles: readonly LifeCycle[] = [
  {
    title: 'a DNS record',
    async drive({ client, zone_id, freshHost }) {
      const { records } = client.dns
      const name = freshHost()
      const wanted = {
        zone_id,
        type: 'AAAA',
        name,
        content: '100::',
        proxied: true,
        ttl: 1,
      } as const
      const made = await records.create(wanted)
      expect(made).toMatchObject({ type: 'AAAA', name, content: '100::', proxied: true, ttl: 1 })
      await expect(records.create(wanted)).rejects.toThrow(BadRequestError)
      expect(await records.get(made.id, { zone_id })).toEqual(made)

      const [label = ''] = name.split('.')
      const filters = [
        { name: { exact: name }, type: 'AAAA' },
        { name: { startswith: label }, content: { contains: '0::' } },
        { match: 'any', name: { exact: name }, content: { exact: 'nothing' } },
      ] as const
      for (const filter of filters) {
        expect(await everyItem(records.list({ zone_id, ...filter }))).toEqual([made])
      }
      expect(await everyItem(records.list({ zone_id, name: { exact: `x${name}` } }))).toEqual([])

      const replaced = await records.update(made.id, {
        zone_id,
        type: 'A',
        name,
        content: '192.0.2.7',
        ttl: 300,
      })
      expect(replaced).toMatchObject({ id: made.id, type: 'A', proxied: false, ttl: 300 })
      const edit = { zone_id, type: 'A', name, ttl: 300, comment: 'the office' } as const
      const edited = await records.edit(made.id, edit)
      expect(edited).toMatchObject({ content: '192.0.2.7', comment: 'the office' })
      expect(edited).toHaveProperty('comment_modified_on')

      expect(await records.delete(made.id, { zone_id })).toEqual({ id: made.id })
      await expect(records.get(made.id, { zone_id })).rejects.toThrow(NotFoundError)
    },
  },

  {
    title: 'a Worker route',
    async drive({ client, zone_id, freshHost }) {
      const { routes } = client.workers
      const pattern = `${freshHost()}/*`
      const before = await everyItem(routes.list({ zone_id }))
      const made = await routes.create({ zone_id, pattern, script: 'probe' })
      expect(made).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        pattern,
        script: 'probe',
      })
      await expect(routes.create({ zone_id, pattern })).rejects.toThrow(ConflictError)
      expect(await routes.get(made.id, { zone_id })).toEqual(made)
      expect(await everyItem(routes.list({ zone_id }))).toEqual([...before, made])
      expect(await routes.update(made.id, { zone_id, pattern })).toEqual({ id: made.id, pattern })
      expect(await routes.delete(made.id, { zone_id })).toEqual({ id: made.id })
      await expect(routes.get(made.id, { zone_id })).rejects.toThrow(NotFoundError)
    },
  },
]
