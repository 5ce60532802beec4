/** The part of the control API that makes API tokens with permissions; Cloudflare's own API of tokens is not emulated. */
import { z } from 'zod'
import { apiToken, apiTokenBody } from '../api/api-tokens.ts'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'
import { accountQuery, done, ofAccount, own } from './shapes.ts'

export const tokenEndpoints = {
  listTokens: endpoint({
    ...own,
    id: 'control.tokens.list',
    summary: 'API tokens with permissions, without their values',
    method: 'GET',
    path: '/__access/tokens',
    query: accountQuery,
    result: once(() => z.strictObject({ result: z.array(apiToken()) })),
    errors: ['unknown'],
  }),
  createToken: endpoint({
    ...own,
    id: 'control.tokens.create',
    summary: 'Create an API token with permissions; only this answer shows its value',
    method: 'POST',
    path: '/__access/tokens',
    query: accountQuery,
    body: apiTokenBody,
    result: once(() => apiToken().extend({ value: z.string() })),
    errors: ['bad_request', 'unknown', 'exists', 'quota_exceeded', 'write_refused'],
  }),
  deleteToken: endpoint({
    ...own,
    id: 'control.tokens.delete',
    summary: 'Delete an API token, by its id or name',
    method: 'DELETE',
    path: '/__access/tokens',
    query: once(() => z.strictObject({ ...ofAccount, token: z.string() })),
    result: done,
    errors: ['bad_request', 'unknown', 'write_refused'],
  }),
} as const satisfies EndpointGroup
