/** The catalogue of failure modes. Each is a row of data: the emulator sets it up, tests assert it, the doctor names it. */
import { apiModes } from './api.ts'
import { applicationTokenModes } from './application-tokens.ts'
import { frontEndModes } from './front-ends.ts'
import { hostModes } from './hosts.ts'
import type { Mode } from './mode.ts'
import { networkModes } from './network.ts'
import { oauthModes } from './oauth.ts'
import { oidcModes } from './oidc.ts'
import { organizationModes } from './organization.ts'
import { policyModes } from './policies.ts'
import { programModes } from './programs.ts'
import { refusalModes } from './refusals.ts'
import { serviceAuthModes } from './service-auth.ts'
import { serviceTokenModes } from './service-tokens.ts'
import { verifierModes } from './verifiers.ts'
import { workerModes } from './workers.ts'

export {
  differences,
  type ExpectedAnswer as Answer,
  type ObservedAnswer as Seen,
} from '../control/expected-answer.ts'
export type { Discriminator as Tell, Mode } from './mode.ts'

/** Keeps the ids as a type; the type of each row would be as long as the row. */
function byId<const Id extends string>(
  rows: Readonly<Record<Id, Mode>>,
): Readonly<Record<Id, Mode>> {
  return rows
}

export const modes = byId({
  ...serviceAuthModes,
  ...organizationModes,
  ...hostModes,
  ...serviceTokenModes,
  ...policyModes,
  ...refusalModes,
  ...applicationTokenModes,
  ...verifierModes,
  ...programModes,
  ...oauthModes,
  ...oidcModes,
  ...frontEndModes,
  ...workerModes,
  ...apiModes,
  ...networkModes,
})

export type ModeId = keyof typeof modes

export function isModeId(id: string): id is ModeId {
  return Object.hasOwn(modes, id)
}
