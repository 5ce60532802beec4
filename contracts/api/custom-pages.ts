/** Custom pages: an account's own HTML, as it is or as a Liquid template (api-official-document, api-custom-page-templates). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { timestamp, uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'

const path = '/access/custom_pages'

const type = once(() => z.enum(['identity_denied', 'forbidden', 'login', 'interstitial']))

/** At least 1 for a template; 0 or none for a page that is served as it is. */
const contractVersion = once(() => z.number().int().min(0))

const finding = once(() =>
  z.object({
    /** The kind of check that found it: `html`, `liquid`. */
    tier: z.string(),
    message: z.string(),
    ref: z.string().optional(),
  }),
)
const findings = once(() => z.array(finding()))

export const templateVerdict = once(() =>
  z.object({
    page_type: type(),
    version: z.number().int(),
    errors: findings(),
    warnings: findings(),
  }),
)
export type TemplateVerdict = z.output<ReturnType<typeof templateVerdict>>

export const customPage = once(() =>
  z.object({
    uid: uuid(),
    name: z.string(),
    type: type(),
    contract_version: contractVersion().optional(),
    custom_html: z.string(),
    /** How many applications it is assigned to. */
    app_count: z.number().int().min(0),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
)

export const customPageBody = once(() =>
  z.looseObject({
    name: z.string().min(1),
    type: type(),
    custom_html: z.string().min(1),
    contract_version: contractVersion().optional(),
  }),
)

/** After a write, with what the check of the template found. */
const written = once(() =>
  customPage().omit({ custom_html: true }).extend({ warnings: findings().optional() }),
)

export const customPages = resource(
  {
    name: 'customPages',
    one: 'a custom page',
    many: 'custom pages',
    path,
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
    source: ['api-official-document', 'api-custom-page-templates'],
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
  },
  (five) => ({
    create: { ...five.create, result: written },
    replace: { ...five.replace, result: written },
    validate: endpoint({
      id: 'customPages.validate',
      summary: 'Validate a custom page template',
      method: 'POST',
      path: `${path}/validate`,
      body: once(() =>
        z.looseObject({
          type: type(),
          template: z.string(),
          /** The latest if left out. */
          version: z.number().int().optional(),
        }),
      ),
      result: templateVerdict,
      status: 200,
      errors: ['invalid_request'],
      evidence: 'documented',
      source: ['api-custom-page-templates'],
    }),
  }),
)
