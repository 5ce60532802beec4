/** Tags of applications; the name is the id (api-tags). */
import { z } from 'zod'
import { once } from '../endpoint.ts'
import { timestamp } from '../primitives.ts'
import { resource } from '../resource.ts'
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

export const tagExample = { name: 'engineers' } as const

export const tags = resource({
  name: 'tags',
  one: 'a tag',
  many: 'tags',
  path: '/access/tags',
  param: 'tag_name',
  scope: 'account',
  paging: { per_page: 50, max: 1000 },
  entity: tag,
  body: tagBody,
  deleted: once(() => z.object({ name: z.string() })),
  deleteStatus: 202,
  writeErrors: ['conflict'],
  unknown: 'not_found',
  evidence: 'documented',
  source: ['api-tags'],
})
