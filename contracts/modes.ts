/** The catalogue of failure modes: each a row of data that the emulator sets up, tests assert, and the doctor names. */
import { apiModes } from './modes/api.ts'
import { applicationTokenModes } from './modes/application-tokens.ts'
import { aroundModes } from './modes/around.ts'
import { frontEndModes } from './modes/front-ends.ts'
import { hostModes } from './modes/hosts.ts'
import { organizationModes } from './modes/organization.ts'
import { policyModes } from './modes/policies.ts'
import { refusalModes } from './modes/refusals.ts'
import { serviceAuthModes } from './modes/service-auth.ts'
import { serviceTokenModes } from './modes/service-tokens.ts'
import { verifierModes } from './modes/verifiers.ts'
import type { Mode } from './modes/vocabulary.ts'
import { workerModes } from './modes/workers.ts'

export { type Answer, differences, type Seen } from './modes/answer.ts'
export type { Mode, Tell } from './modes/vocabulary.ts'

const catalogue = {
  ...serviceAuthModes,
  ...organizationModes,
  ...hostModes,
  ...serviceTokenModes,
  ...policyModes,
  ...refusalModes,
  ...applicationTokenModes,
  ...verifierModes,
  ...frontEndModes,
  ...workerModes,
  ...apiModes,
  ...aroundModes,
} as const satisfies Readonly<Record<string, Mode>>

export type ModeId = keyof typeof catalogue

export const modes: Readonly<Record<ModeId, Mode>> = catalogue

export function isModeId(id: string): id is ModeId {
  return Object.hasOwn(modes, id)
}
