/** The part of the control API that applies advice to an account, and takes it back. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'
import { adviceChange } from './advice.ts'
import { accountQuery, done, own } from './shapes.ts'

export const changeEndpoints = {
  applyChanges: endpoint({
    ...own,
    id: 'control.changes.apply',
    summary: 'Apply changes that advice names to the account, by operations of the API',
    method: 'POST',
    path: '/__access/changes',
    query: accountQuery,
    body: once(() =>
      z.strictObject({
        changes: z.array(adviceChange()).min(1),
        /** Id of the application that they are about, if they are about one. */
        application: z.string().optional(),
      }),
    ),
    result: once(() =>
      z.strictObject({
        id: z.string(),
        /** Ids of the operations that were called, in order. */
        operations: z.array(z.string()),
      }),
    ),
    errors: ['bad_request', 'unknown', 'quota_exceeded', 'write_refused'],
  }),
  undoChanges: endpoint({
    ...own,
    id: 'control.changes.undo',
    summary: 'Take applied changes back, unless the rows have been changed since',
    method: 'DELETE',
    path: '/__access/changes/{id}',
    query: accountQuery,
    result: done,
    errors: ['unknown', 'changed_since', 'write_refused'],
  }),
} as const satisfies EndpointGroup
