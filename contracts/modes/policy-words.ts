/** Policies that several failure modes share. */
import type { PolicyRecipe } from './mode.ts'

export const serviceAuth = {
  decision: 'non_identity',
  include: ['the token'],
} as const satisfies PolicyRecipe

/** A policy that a person can satisfy by signing in. */
export const allowPeople = {
  decision: 'allow',
  include: [{ email_domain: { domain: 'example.com' } }],
} as const satisfies PolicyRecipe

/** An address that `allowPeople` admits. */
export const admittedPerson = 'ada@example.com'

/** Admits machines and people: an unauthenticated request is redirected to the login. */
export const serviceAuthAndPeople = [serviceAuth, allowPeople] as const
