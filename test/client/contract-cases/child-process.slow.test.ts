/**
 * A few contract cases on an emulator in its own process: the command responds as the code does. In the other profiles,
 * a few of those that the first does not have: the command starts the profile that it is given.
 */
import type { Case } from '../../../client/conformance/case.ts'
import { profiles } from '../../../contracts/behaviours/table.ts'
import { childProcess, emulatorOffers } from '../../support/target.ts'
import { conformance } from './conformance.ts'
import { smoke } from './smoke.ts'

const [first] = profiles
const isNew = (each: Case) => !each.profiles.includes(first)

for (const profile of profiles) {
  conformance(
    `an emulator in a child process, profile ${profile}`,
    { kind: 'emulator', profile, offers: emulatorOffers },
    () => childProcess(profile),
    (able) => smoke(profile === first ? able : able.filter(isNew)),
  )
}
