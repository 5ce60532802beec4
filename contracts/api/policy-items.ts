/** How the body of an application refers to its policies. */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { uuid } from '../declaration/primitives.ts'
import { policyBody, seedPolicy } from './policies.ts'

/** Links an existing policy; an item with a `decision` is an inline policy. */
const policyLink = once(() =>
  z.looseObject({
    id: uuid(),
    precedence: z.number().int().min(0).optional(),
    decision: z.undefined().optional(),
  }),
)

const inlinePolicy = once(() => policyBody().extend({ id: uuid().optional() }))

/** The error of the second alternative, if the item was meant to be an inline policy. */
function itemProblem({ input, errors }: { input?: unknown; errors?: z.core.$ZodIssue[][] }) {
  const inline = typeof input === 'object' && input !== null && 'decision' in input
  const [first] = (inline ? errors?.[2] : undefined) ?? []
  if (first === undefined) return 'must be a policy id, {"id", "precedence"}, or a policy'
  return [...first.path, first.message].join(': ')
}

export const policyItem = once(() =>
  z.union([uuid(), policyLink(), inlinePolicy()], {
    error: (issue) => (issue.code === 'invalid_union' ? itemProblem(issue) : undefined),
  }),
)
/** An item of `policies` in a body: an id, a link `{id, precedence?}`, or an inline policy. */
export type PolicyItem = z.output<ReturnType<typeof policyItem>>

/** In a seed: `{policy: NAME}` links a reusable policy of the same seed, `{id}` one with an explicit id. */
export const seedPolicyItem = once(() =>
  z.union([
    z.strictObject({ policy: z.string(), precedence: z.number().optional() }),
    z.strictObject({ id: uuid(), precedence: z.number().optional() }),
    seedPolicy(),
  ]),
)
