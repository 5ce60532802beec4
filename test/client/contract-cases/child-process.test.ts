/** A few contract cases on an emulator in its own process, in each profile: the command responds as the code does. */
import { profiles } from '../../../contracts/behaviours/table.ts'
import { childProcess, emulatorOffers } from '../../support/target.ts'
import { conformance } from './conformance.ts'
import { smoke } from './smoke.ts'

for (const profile of profiles) {
  conformance(
    `an emulator in a child process, profile ${profile}`,
    { kind: 'emulator', profile, offers: emulatorOffers },
    () => childProcess(profile),
    smoke,
  )
}
