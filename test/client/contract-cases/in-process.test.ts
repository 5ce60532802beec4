/** The contract cases on an emulator in this process, in each of the three profiles. */
import { profiles } from '../../../contracts/behaviours/table.ts'
import { emulatorOffers, inProcess } from '../../support/target.ts'
import { conformance } from './conformance.ts'

for (const profile of profiles) {
  conformance(
    `an emulator in process, profile ${profile}`,
    { kind: 'emulator', profile, offers: emulatorOffers },
    () => inProcess(profile),
  )
}
