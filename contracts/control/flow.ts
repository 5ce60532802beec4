/** Sign-ins by programs, from the first request to the token at the edge, as the journal tells them. */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'

/** A request's step in its flow, in the order of a successful flow. */
export const flowSteps = [
  'preflight',
  'discovery',
  'registration',
  'authorization',
  'login',
  'approval',
  'code',
  'token',
  'userinfo',
  'edge',
  'refresh',
  'revocation',
] as const
export type FlowStep = (typeof flowSteps)[number]

const values = once(() => z.record(z.string(), z.string()))

/** In a journal entry: the flow that the request belongs to. */
export const entryFlow = once(() =>
  z.strictObject({
    id: z.string(),
    step: z.enum(flowSteps),
    /** Parameters of the query or the body, and of the answer; secrets as `…`. */
    sent: values(),
    answered: values(),
  }),
)
