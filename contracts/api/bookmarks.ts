/** Bookmarks, the deprecated view of applications of type `bookmark` (api-bookmarks). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { timestamp, uuid } from '../declaration/primitives.ts'

const path = '/access/bookmarks'
const item = `${path}/{bookmark_id}` as const

const fields = once(() => ({
  name: z.string().optional(),
  domain: z.string().optional(),
  logo_url: z.string().optional(),
  app_launcher_visible: z.boolean().optional(),
}))

export const bookmark = once(() =>
  z.object({ id: uuid(), ...fields(), created_at: timestamp(), updated_at: timestamp() }),
)
export type Bookmark = z.output<ReturnType<typeof bookmark>>

/** The official client sends none. */
const body = once(() => z.looseObject(fields()).optional())

const common = {
  result: bookmark,
  status: 200,
  evidence: 'documented',
  source: ['api-bookmarks'],
} as const

export const bookmarks = {
  list: endpoint({
    ...common,
    id: 'bookmarks.list',
    summary: 'List bookmarks',
    method: 'GET',
    path,
    result: once(() => z.array(bookmark())),
  }),
  get: endpoint({
    ...common,
    id: 'bookmarks.get',
    summary: 'Get a bookmark',
    method: 'GET',
    path: item,
    errors: ['not_found'],
  }),
  create: endpoint({
    ...common,
    id: 'bookmarks.create',
    summary: 'Create a bookmark under an id of the client’s choice',
    method: 'POST',
    path: item,
    body,
    errors: ['invalid_request', 'conflict'],
    source: ['api-bookmarks', 'api-bookmark-ids'],
  }),
  replace: endpoint({
    ...common,
    id: 'bookmarks.replace',
    summary: 'Replace a bookmark',
    method: 'PUT',
    path: item,
    body,
    errors: ['invalid_request', 'not_found'],
  }),
  delete: endpoint({
    ...common,
    id: 'bookmarks.delete',
    summary: 'Delete a bookmark',
    method: 'DELETE',
    path: item,
    result: once(() => z.object({ id: uuid() })),
    errors: ['not_found'],
  }),
} as const
