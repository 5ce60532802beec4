/** Seats: a user takes one with their first login, and holds it until it is removed (api-seats). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { timestamp } from '../declaration/primitives.ts'

const parts = once(() => ({
  seat_uid: z.string(),
  access_seat: z.boolean(),
  gateway_seat: z.boolean(),
}))

const seat = once(() => z.object({ ...parts(), created_at: timestamp(), updated_at: timestamp() }))
export type Seat = z.output<ReturnType<typeof seat>>

export const seats = {
  edit: endpoint({
    id: 'seats.edit',
    summary: 'Remove users from their seats',
    method: 'PATCH',
    path: '/access/seats',
    body: once(() => z.array(z.looseObject(parts())).min(1)),
    result: once(() => z.array(seat())),
    status: 200,
    errors: ['invalid_request', 'not_found'],
    evidence: 'documented',
    source: ['api-official-document', 'api-seats', 'api-seats-taken-by-login'],
  }),
} as const
