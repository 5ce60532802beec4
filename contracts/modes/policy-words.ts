/** Policies that several failure modes have. */
import type { PolicyRecipe } from './mode.ts'

export const serviceAuth = {
  decision: 'non_identity',
  include: ['the token'],
} as const satisfies PolicyRecipe

/** A policy that a person can meet by signing in. */
export const allowPeople = {
  decision: 'allow',
  include: [{ email_domain: { domain: 'example.com' } }],
} as const satisfies PolicyRecipe

/** One whom it admits. */
export const admittedPerson = 'ada@example.com'

/** Machines and people may come in: who does not authenticate is sent to the login. */
export const serviceAuthAndPeople = [serviceAuth, allowPeople] as const
