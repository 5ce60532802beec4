/** Rotation of the keys that sign application tokens (api-keys). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { timestamp } from '../declaration/primitives.ts'

const path = '/access/keys'
const source = ['api-keys', 'api-key-fields'] as const

export const keyConfiguration = once(() =>
  z.object({
    key_rotation_interval_days: z.number().int(),
    /** With microseconds, unlike every other time (api-key-fields). */
    last_key_rotation_at: timestamp(),
    days_until_next_rotation: z.number().int(),
  }),
)
export type KeyConfiguration = z.output<ReturnType<typeof keyConfiguration>>

export const keyConfigurationBody = once(() =>
  z.looseObject({ key_rotation_interval_days: z.number().int().min(21).max(365) }),
)

export const keyDefaults = { key_rotation_interval_days: 30 } as const
export const keyExample = { key_rotation_interval_days: 30 } as const

const common = { result: keyConfiguration, status: 200, evidence: 'documented', source } as const

export const keys = {
  get: endpoint({
    ...common,
    id: 'keys.get',
    summary: 'Get the key configuration',
    method: 'GET',
    path,
  }),
  update: endpoint({
    ...common,
    id: 'keys.update',
    summary: 'Change the key configuration',
    method: 'PUT',
    path,
    body: keyConfigurationBody,
    errors: ['invalid_request'],
  }),
  rotate: endpoint({
    ...common,
    id: 'keys.rotate',
    summary: 'Rotate the signing keys',
    method: 'POST',
    path: `${path}/rotate`,
  }),
} as const
