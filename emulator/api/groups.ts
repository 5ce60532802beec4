/** Access groups. One that is in use can be deleted: what names it can no longer be evaluated (api-group-deleted-in-use). */
import { groups as contract } from '../../contracts/api/groups.ts'
import { crud } from './crud.ts'
import { policyProblem } from './policies.ts'

export const groups = crud(contract, { check: policyProblem })
