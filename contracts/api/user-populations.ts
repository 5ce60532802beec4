/** User populations: named sets of an application's end users (api-user-populations). */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { timestamp, uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'

/** In bytes of UTF-8. */
const longestName = 128

export const userPopulation = once(() =>
  z.object({ id: uuid(), name: z.string(), created_at: timestamp(), updated_at: timestamp() }),
)

export const userPopulationBody = once(() =>
  z.looseObject({
    name: z
      .string()
      .trim()
      .min(1)
      .refine(
        (name) => new TextEncoder().encode(name).length <= longestName,
        `must be at most ${longestName} bytes`,
      ),
  }),
)

export const userPopulations = resource({
  name: 'userPopulations',
  one: 'a user population',
  many: 'user populations',
  path: '/access/user_populations',
  param: 'user_population_id',
  scope: 'account',
  table: 'user_populations',
  paging: { per_page: 50, max: 1000 },
  entity: userPopulation,
  body: userPopulationBody,
  deleted: once(() => z.object({ id: uuid() })),
  unknown: 'not_found',
  deleteStatus: 202,
  evidence: 'assumed',
  source: ['api-user-populations', 'api-user-population-answers'],
  example: { name: 'Employees' },
  lifeCycle: {
    body: ({ name }) => ({ name: name('population') }),
    change: ({ name }) => ({ name: name('renamed') }),
    invalid: {
      'no name': {},
      'a name of spaces alone': { name: '   ' },
      'a name of 129 bytes': { name: `${'é'.repeat(64)}e` },
    },
  },
})
