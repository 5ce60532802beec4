/** Faults that several failure modes share. */
import type { FaultRecipe } from './mode.ts'

type FaultEffect = FaultRecipe['effect']
const here = { when: { host: '{host}' } } as const

/** In place of the origin's answer to requests for the mode's host. */
export const atOrigin = (effect: FaultEffect): FaultRecipe => ({ at: 'origin', effect, ...here })
/** Before Access decides about them. */
export const atGate = (effect: FaultEffect): FaultRecipe => ({ at: 'gate', effect, ...here })
