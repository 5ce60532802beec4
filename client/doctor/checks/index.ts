/** The doctor's table of rows; the order does not matter. To support a new mode, add a row. */
import type { Check } from '../check.ts'
import { accessPathChecks } from './access-paths.ts'
import { apiChecks } from './api.ts'
import { formChecks } from './forms.ts'
import { frontEndChecks } from './front-ends.ts'
import { hostChecks } from './hosts.ts'
import { networkChecks } from './network.ts'
import { oauthChecks } from './oauth.ts'
import { oidcChecks } from './oidc.ts'
import { pairChecks } from './pairs.ts'
import { policyChecks } from './policies.ts'
import { programChecks } from './programs.ts'
import { requestChecks } from './requests.ts'
import { tokenChecks } from './tokens.ts'
import { verifierChecks } from './verifiers.ts'
import { workerChecks } from './workers.ts'

export const checks: readonly Check[] = [
  ...requestChecks,
  ...frontEndChecks,
  ...workerChecks,
  ...formChecks,
  ...pairChecks,
  ...policyChecks,
  ...hostChecks,
  ...networkChecks,
  ...accessPathChecks,
  ...programChecks,
  ...oauthChecks,
  ...oidcChecks,
  ...tokenChecks,
  ...verifierChecks,
  ...apiChecks,
]
