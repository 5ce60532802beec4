/** Advice: one way to get a refused request let in, as a sentence and as changes that a program can apply. */
import { z } from 'zod'
import { decisions } from '../api/policies.ts'
import { rule } from '../api/rules.ts'
import { once } from '../declaration/endpoint.ts'

const text = () => z.string()

/** A change to the request, or to the account by an API call; a program can apply each. */
export const adviceChange = once(() =>
  z.discriminatedUnion('change', [
    // To the request
    z.strictObject({ change: z.literal('send_from'), ip: text() }),
    z.strictObject({ change: z.literal('send_from_country'), country: text() }),
    z.strictObject({ change: z.literal('present_certificate'), common_name: text() }),
    z.strictObject({ change: z.literal('send_service_token'), token_id: text() }),
    z.strictObject({ change: z.literal('send_no_service_token') }),
    z.strictObject({ change: z.literal('send_application_token') }),
    z.strictObject({ change: z.literal('enter_code') }),
    /** The members are those of `POST /__access/sessions`. */
    z.strictObject({
      change: z.literal('sign_in'),
      email: text(),
      groups: z.array(text()).optional(),
      claims: z.record(text(), z.unknown()).optional(),
      identity_provider_id: text().optional(),
    }),
    // To the account
    z.strictObject({ change: z.literal('enable_service_token'), token_id: text() }),
    z.strictObject({ change: z.literal('refresh_service_token'), token_id: text() }),
    z.strictObject({
      change: z.literal('set_decision'),
      policy_id: text(),
      decision: z.enum(decisions),
    }),
    z.strictObject({ change: z.literal('add_exclude'), policy_id: text(), rule: rule() }),
    z.strictObject({ change: z.literal('remove_policy'), policy_id: text() }),
    z.strictObject({
      change: z.literal('add_policy'),
      decision: z.enum(decisions),
      include: z.array(rule()),
    }),
    /** An application that covers the host, with one policy. */
    z.strictObject({
      change: z.literal('add_application'),
      domain: text(),
      decision: z.enum(decisions),
      include: z.array(rule()),
    }),
    /** Exempts the zone from `deny_unmatched_requests`. */
    z.strictObject({ change: z.literal('exempt_zone'), zone: text() }),
    z.strictObject({ change: z.literal('unset_strict_service_token_auth') }),
  ]),
)
export type AdviceChange = z.output<ReturnType<typeof adviceChange>>

export const advice = once(() =>
  z.strictObject({
    says: text(),
    /** To be applied together. */
    changes: z.array(adviceChange()),
    /** Who else would be let in, in words; null if no one else is known to be. */
    also_admits: text().nullable(),
  }),
)
export type Advice = z.output<ReturnType<typeof advice>>

/** What to do, and who else it would let in. */
export function adviceInWords({ says, also_admits }: Advice): string {
  return also_admits === null ? says : `${says} (which also lets in ${also_admits})`
}

/** Whether following the advice opens the application to clients without credentials. */
export function opensToClients({ also_admits }: Pick<Advice, 'also_admits'>): boolean {
  return also_admits?.endsWith('without credentials') === true
}
