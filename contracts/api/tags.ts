/** Tags of applications; the name is the id (api-tags). */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { timestamp } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'
import { recordedDetails } from './details.ts'

export const tag = once(() =>
  z.object({
    name: z.string(),
    app_count: z.number().int().min(0),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
)
export type Tag = z.output<ReturnType<typeof tag>>

export const tagBody = once(() =>
  z.looseObject({
    name: z
      .string()
      .min(1)
      .max(35, recordedDetails.tagName)
      .regex(/^\P{Cc}*$/u, 'must have no control characters'),
  }),
)
export type TagBody = z.output<ReturnType<typeof tagBody>>

export const tags = resource({
  name: 'tags',
  one: 'a tag',
  many: 'tags',
  path: '/access/tags',
  param: 'tag_name',
  scope: 'account',
  key: 'name',
  keyForm: 'text',
  table: 'tags',
  paging: { per_page: 50, max: 1000 },
  entity: tag,
  body: tagBody,
  derived: ['app_count'],
  kept: () => ({ name: z.string().min(1) }),
  deleted: once(() => z.object({ name: z.string() })),
  deleteStatus: 202,
  unique: { by: ['name'], failure: 'conflict' },
  unknown: 'not_found',
  evidence: 'documented',
  source: ['api-tags'],
  recognisedBy: [
    ['app_count', 'name'],
    ['created_at', 'name'],
  ],
  example: { name: 'engineers' },
  lifeCycle: {
    body: ({ name }) => ({ name: name('tag') }),
    change: () => ({}),
    invalid: { 'no name': {}, 'a name of 36 characters': { name: 'a'.repeat(36) } },
  },
})
