/** A person who signs in. */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'

/** A person, as a test signs one in or `explain` imagines one. */
export const personInput = once(() =>
  z.strictObject({
    email: z.string().min(3),
    name: z.string().optional(),
    groups: z.array(z.string()).optional(),
    country: z.string().optional(),
    identity_provider_id: z.string().optional(),
    claims: z.record(z.string(), z.unknown()).optional(),
  }),
)
export type PersonInput = z.output<ReturnType<typeof personInput>>
