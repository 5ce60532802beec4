/** The doctor's table: every row, in no order that matters. A new mode is a row. */
import type { Tell } from '../check.ts'
import { apiTells } from './api.ts'
import { formTells } from './forms.ts'
import { frontEndTells } from './front-ends.ts'
import { hostTells } from './hosts.ts'
import { aroundTells } from './network.ts'
import { ownPathTells } from './own-paths.ts'
import { pairTells } from './pairs.ts'
import { policyTells } from './policies.ts'
import { requestTells } from './requests.ts'
import { tokenTells } from './tokens.ts'
import { verifierTells } from './verifiers.ts'
import { workerTells } from './workers.ts'

export const tells: readonly Tell[] = [
  ...requestTells,
  ...frontEndTells,
  ...workerTells,
  ...formTells,
  ...pairTells,
  ...policyTells,
  ...hostTells,
  ...aroundTells,
  ...ownPathTells,
  ...tokenTells,
  ...verifierTells,
  ...apiTells,
]
