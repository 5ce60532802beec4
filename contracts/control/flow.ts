/** Sign-ins by programs, from the first request to the token at the edge, as the journal tells them. */
import { z } from 'zod'
import { once } from '../endpoint.ts'

/** What a request is in its flow; the order is that of a flow that succeeds. */
export const flowSteps = [
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

/** Of a journal entry: the flow that the request is part of. */
export const entryFlow = once(() =>
  z.strictObject({
    id: z.string(),
    step: z.enum(flowSteps),
    /** Parameters of the query or the body, and of the answer; secrets as `…`. */
    sent: values(),
    answered: values(),
  }),
)
