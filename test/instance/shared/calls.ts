/** Calls of an emulator on which accounts are taken. */
import { expect } from 'vitest'
import type { Emulator } from '../../../emulator/index.ts'

export const adminToken = 'admin-token-of-this-test'

export interface Quota {
  readonly objects: number
  readonly max_objects: number | null
  readonly bytes: number
  readonly max_bytes: number | null
}

export interface Taken {
  readonly id: string
  readonly admin_token: string
  readonly api_token: string
  readonly auth_domain: string
  readonly zones: readonly { readonly id: string; readonly name: string }[]
  readonly quota: Quota
}

let count = 0

/** Calls of one emulator, each with its answer's status and JSON. Its admin token is `adminToken`. */
export function callsOf(emulator: Emulator) {
  const send = async (
    method: string,
    path: string,
    token: string,
    body?: unknown,
    raw?: string,
  ) => {
    const answer = await fetch(`${emulator.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined && raw === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const take = async (more: object = {}): Promise<Taken> => {
    count += 1
    const body = { name: `quota ${count}`, ttl_seconds: 3600, ...more }
    const answer = await send('POST', '/__access/accounts', adminToken, body)
    expect(answer.status).toBe(200)
    return answer.body
  }
  const quotaOf = async ({ admin_token }: Taken): Promise<Quota> => {
    const { body } = await send('GET', '/__access/seed', admin_token)
    return body.accounts[0].quota
  }
  const control = (of: Taken, method: string, path: string, body?: unknown) =>
    send(method, `/__access/${path}`, of.admin_token, body)
  const api = ({ id, api_token }: Taken, method: string, path: string, body?: unknown) =>
    send(method, `/client/v4/accounts/${id}/access/${path}`, api_token, body)
  return { send, take, quotaOf, control, api }
}

/** A group of about as many bytes. */
export const group = (bytes: number) => ({
  name: `large ${bytes}`,
  include: Array.from({ length: Math.ceil(bytes / 50) }, (_, index) => ({
    email: { email: `person.${String(index).padStart(8, '0')}@example.com` },
  })),
})
