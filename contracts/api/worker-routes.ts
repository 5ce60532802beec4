/**
 * Worker routes of a zone: which Worker runs for which URLs. Stored, but Workers do not run: the origin given by
 * `--origin` answers.
 */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { hex32 } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'

/** Without a `script` no Worker runs where the pattern matches. */
export const workerRoute = once(() =>
  z.object({ id: hex32(), pattern: z.string(), script: z.string().optional() }),
)
export type WorkerRoute = z.output<ReturnType<typeof workerRoute>>

/** `script` is any name: the emulator does not know Workers, so it never returns that one does not exist (10019). */
export const workerRouteBody = once(() =>
  z.looseObject({ pattern: z.string(), script: z.string().optional() }),
)
export type WorkerRouteBody = z.output<ReturnType<typeof workerRouteBody>>

export const workerRoutes = resource({
  name: 'workerRoutes',
  one: 'a Worker route',
  many: 'Worker routes',
  path: '/workers/routes',
  param: 'route_id',
  scope: 'zone',
  keyForm: 'hex32',
  table: 'worker_routes',
  labels: ['pattern'],
  after: ['dnsRecords'],
  entity: workerRoute,
  body: workerRouteBody,
  deleted: once(() => z.object({ id: hex32() })),
  createStatus: 200,
  deleteStatus: 200,
  invalid: 'worker_request_invalid',
  unique: { by: ['pattern'], failure: 'worker_route_exists' },
  writeErrors: [
    'pattern_outside_zone',
    'pattern_wildcard_inside',
    'pattern_has_query',
    'pattern_unreadable',
  ],
  unknown: 'unknown_worker_route',
  evidence: 'documented',
  source: ['api-worker-routes'],
  recognisedBy: [['pattern']],
  example: { pattern: 'app.example.com/*', script: 'app' },
  lifeCycle: {
    body: ({ host }) => ({ pattern: `${host()}/*`, script: 'app' }),
    change: () => ({ script: 'another' }),
    invalid: { 'no pattern': { script: 'app' } },
  },
})
