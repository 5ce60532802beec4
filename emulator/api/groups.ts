/** Access groups. A group in use can be deleted; rules that name it can then not be evaluated (api-group-deleted-in-use). */
import { groups as contract } from '../../contracts/api/groups.ts'
import { crud } from './crud.ts'
import { policyProblem } from './policies.ts'

export const groups = crud(contract, { check: policyProblem })
