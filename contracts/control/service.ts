/** The part of the control API by which an emulator is operated as a service. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'
import { own } from './shapes.ts'

export const serviceEndpoints = {
  ready: endpoint({
    ...own,
    id: 'control.ready',
    summary: 'Whether to send requests here: not while it drains, or cannot reach its state',
    method: 'GET',
    path: '/__access/ready',
    result: once(() => z.strictObject({ ready: z.literal(true) })),
    errors: ['not_ready'],
  }),
  metrics: endpoint({
    ...own,
    id: 'control.metrics',
    summary: 'Metrics for Prometheus, which count from the first time that they are asked for',
    method: 'GET',
    path: '/__access/metrics',
    wrap: 'text',
    result: once(() => z.string()),
    errors: ['not_installed'],
  }),
} as const satisfies EndpointGroup
