/** Worker routes of a zone: one for each pattern. */
import type { workerRoutes as contract, WorkerRoute } from '../../contracts/api/worker-routes.ts'
import { type Failure, fail } from '../../contracts/errors.ts'
import { withExtra } from '../http/check.ts'
import { hex } from '../ids.ts'
import type { WorkerRouteRow } from '../state/rows.ts'
import { type ApiContext, type ApiHandlers, zoneOf } from './context.ts'
import { crud } from './crud.ts'
import { patternFault } from './route-patterns.ts'

function view({ zone_id: _, extra, ...known }: WorkerRouteRow): WorkerRoute {
  return withExtra(known, extra)
}

function isTaken(pattern: string, { account, zone }: ApiContext, id?: string): boolean {
  return account.state.tables.worker_routes
    .by('zone', zone?.id ?? '')
    .some((row) => row.pattern === pattern && row.id !== id)
}

function refusal(pattern: string, context: ApiContext, id?: string) {
  const fault = patternFault(pattern, zoneOf(context).name)
  if (fault !== undefined) return fault
  const taken: Failure<'worker_route_exists'> = fail('worker_route_exists')
  return isTaken(pattern, context, id) ? taken : undefined
}

/** An empty script is none. */
const scriptOf = ({ script }: { readonly script?: string | undefined }) =>
  script ? { script } : {}

export const workerRoutes: ApiHandlers<(typeof contract)['operations']> = crud<
  (typeof contract)['operations'],
  WorkerRouteRow
>({
  table: ({ account }) => account.state.tables.worker_routes,
  key: (params) => params.route_id ?? '',
  isBelow: (row, context) => row.zone_id === zoneOf(context).id,
  unknown: 'unknown_worker_route',
  view,
  create({ body, extra }, context) {
    const { pattern } = body
    const refused = refusal(pattern, context)
    if (refused !== undefined) return refused
    const { id: zone_id, name } = zoneOf(context)
    const minted = context.account.mint('worker_route', `${name} ${pattern}`)
    const id = hex(minted.bytes(16, 'route_id'))
    const row: WorkerRouteRow = { id, zone_id, pattern, ...scriptOf(body), extra }
    return { row, changes: [minted.change, { table: 'worker_routes', put: row }] }
  },
  replace({ id, zone_id }, { body, extra }, context) {
    const { pattern } = body
    const refused = refusal(pattern, context, id)
    if (refused !== undefined) return refused
    const row: WorkerRouteRow = { id, zone_id, pattern, ...scriptOf(body), extra }
    return { row, changes: [{ table: 'worker_routes', put: row }] }
  },
  remove: ({ id }) => ({ result: { id }, changes: [{ table: 'worker_routes', delete: id }] }),
})
