/** The contract cases on an emulator that runs as a process of its own, in each of the three worlds. */
import { profiles } from '../../contracts/behaviours/table.ts'
import { childProcess, emulatorOffers } from '../support/target.ts'
import { conformance } from './conformance.ts'

for (const profile of profiles) {
  conformance(
    `an emulator in a child process, profile ${profile}`,
    { kind: 'emulator', profile, offers: emulatorOffers },
    () => childProcess(profile),
  )
}
