/** Worker routes of a zone, one per pattern. */
import { workerRoutes as contract } from '../../contracts/api/worker-routes.ts'
import { zoneOf } from './context.ts'
import { crud } from './crud.ts'
import { patternFault } from './route-patterns.ts'

export const workerRoutes = crud(contract, {
  /** An empty script means no script. */
  fields: ({ pattern, script }) => ({ pattern, ...(script ? { script } : {}) }),
  check: ({ pattern }, context) => patternFault(pattern, zoneOf(context).name),
})
