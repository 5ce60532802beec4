/** Access groups: named rule lists that policies and other groups refer to (api-groups). */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { timestamp, uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'
import { withServerFields } from '../declaration/seed-item.ts'
import { rule, ruleLists, seedRuleLists, wholeRuleLists } from './rules.ts'

export const group = once(() =>
  z.object({
    id: uuid(),
    uid: uuid(),
    name: z.string(),
    ...ruleLists(),
    /** A boolean in requests; the official document types it as a list of rules in responses. */
    is_default: z.union([z.boolean(), z.array(rule())]).optional(),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
)
export type Group = z.output<ReturnType<typeof group>>

export const groupBody = once(() =>
  z.looseObject({
    name: z.string().min(1),
    ...ruleLists(),
    is_default: z.boolean().optional(),
  }),
)
export type GroupBody = z.output<ReturnType<typeof groupBody>>

export const groups = resource({
  name: 'groups',
  one: 'an Access group',
  many: 'Access groups',
  path: '/access/groups',
  param: 'group_id',
  scope: 'account_or_zone',
  noun: 'group',
  table: 'groups',
  after: ['serviceTokens', 'identityProviders'],
  paging: { per_page: 1000, max: 1000 },
  entity: group,
  body: groupBody,
  kept: wholeRuleLists,
  seedItem: once(() => withServerFields({ entity: group }, groupBody()).extend(seedRuleLists())),
  deleted: once(() => z.object({ id: uuid() })),
  deleteStatus: 202,
  searches: { name: 'name', search: 'name' },
  unknown: 'unknown_group',
  evidence: 'documented',
  source: ['api-groups'],
  recognisedBy: [['include', 'name']],
  example: {
    name: 'Engineers',
    include: [{ email_domain: { domain: 'example.com' } }],
    exclude: [{ email: { email: 'contractor@example.com' } }],
  },
  lifeCycle: {
    body: ({ name }) => ({
      name: name('group'),
      include: [{ email_domain: { domain: 'example.com' } }],
      exclude: [{ email: { email: 'contractor@example.com' } }],
    }),
    change: ({ name }) => ({ name: name('renamed'), exclude: [] }),
    invalid: {
      'no include': { name: 'x' },
      'an empty name': { name: '', include: [{ email_domain: { domain: 'people.example' } }] },
    },
  },
})
