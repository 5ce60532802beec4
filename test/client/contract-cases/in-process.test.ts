/**
 * The contract cases on an emulator in this process: all of them in one profile, and in the others those that a profile
 * can change. That the rest answer alike in every profile is shown by `conformance/profiles.slow.test.ts`.
 */
import type { Case } from '../../../client/conformance/case.ts'
import { profiles } from '../../../contracts/behaviours/table.ts'
import { emulatorOffers, inProcess } from '../../support/target.ts'
import { conformance } from './conformance.ts'

/** Behaviours of a profile show at the edge, and in the settings of the organization. */
function dependsOnProfile({ operation, needs, profiles: holdsIn }: Case): boolean {
  const [surface] = operation.split('.')
  return (
    ['edge', 'gate', 'organizations'].includes(surface ?? '') ||
    needs.includes('hosts') ||
    holdsIn.length < profiles.length
  )
}

const [first] = profiles
for (const profile of profiles) {
  conformance(
    `an emulator in process, profile ${profile}`,
    { kind: 'emulator', profile, offers: emulatorOffers },
    () => inProcess(profile),
    profile === first ? undefined : (able) => able.filter(dependsOnProfile),
  )
}
