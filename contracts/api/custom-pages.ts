/** Custom pages: an account's own HTML for requests that Access denies (api-official-document). */
import { z } from 'zod'
import { once } from '../endpoint.ts'
import { timestamp, uuid } from '../primitives.ts'
import { resource } from '../resource.ts'

const type = once(() => z.enum(['identity_denied', 'forbidden']))

export const customPage = once(() =>
  z.object({
    uid: uuid(),
    name: z.string(),
    type: type(),
    custom_html: z.string(),
    /** How many applications it is assigned to. */
    app_count: z.number().int().min(0),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
)

export const customPageBody = once(() =>
  z.looseObject({ name: z.string().min(1), type: type(), custom_html: z.string().min(1) }),
)

export const customPages = resource({
  name: 'customPages',
  one: 'a custom page',
  many: 'custom pages',
  path: '/access/custom_pages',
  param: 'custom_page_id',
  scope: 'account',
  key: 'uid',
  table: 'custom_pages',
  paging: { per_page: 50, max: 1000 },
  entity: customPage,
  body: customPageBody,
  derived: ['app_count'],
  onlyGet: ['custom_html'],
  deleted: once(() => z.object({ id: uuid() })),
  deleteStatus: 202,
  unknown: 'not_found',
  evidence: 'documented',
  source: ['api-official-document'],
  recognisedBy: [
    ['custom_html', 'type'],
    ['app_count', 'type', 'uid'],
  ],
  example: {
    name: 'Denied',
    type: 'identity_denied',
    custom_html: '<html><body><h1>Access Denied</h1></body></html>',
  },
  lifeCycle: {
    body: ({ name }) => ({
      name: name('page'),
      type: 'identity_denied',
      custom_html: '<html><body>Denied</body></html>',
    }),
    change: () => ({ type: 'forbidden', custom_html: '<html><body>Forbidden</body></html>' }),
    invalid: {
      'no HTML': { name: 'x', type: 'forbidden' },
      'an unknown type': { name: 'x', type: 'other', custom_html: '<p>x</p>' },
    },
  },
})
