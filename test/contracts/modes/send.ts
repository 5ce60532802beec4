/** Sends a mode's request verbatim and returns the response. */

import type { ObservedAnswer } from '../../../contracts/control/expected-answer.ts'
import type { ModeSetup } from '../../../contracts/control/shapes.ts'
import type { Emulator } from '../../../emulator/index.ts'
import { fetchOrUpgrade } from '../../support/upgrade.ts'

export type Request = ModeSetup['request']

export interface Got extends ObservedAnswer {
  /** Empty if the connection was cut earlier. */
  readonly ray: string
}

export async function send(
  emulator: Pick<Emulator, 'fetch' | 'port'>,
  { url, method, headers, body, redirect }: Request,
): Promise<Got> {
  try {
    const answer = await fetchOrUpgrade(emulator, url, {
      method,
      headers,
      redirect: redirect ?? 'manual',
      ...(body === undefined ? {} : { body }),
    })
    return {
      status: answer.status,
      header: (name) => answer.headers.get(name),
      body: await answer.text(),
      url: answer.url,
      ray: answer.headers.get('cf-ray') ?? '',
    }
  } catch {
    return { status: null, header: () => null, body: '', ray: '' }
  }
}

/** What two answers to one request must share: rays, dates and tokens made for each request differ. */
export function likeness(got: Got) {
  const names = [
    'cf-access-aud',
    'cf-access-domain',
    'cf-access-error',
    'content-type',
    'www-authenticate',
  ]
  return {
    status: got.status,
    headers: Object.fromEntries(names.map((name) => [name, got.header(name)])),
    location: got.header('location')?.replace(/\?.*/s, '') ?? null,
    cookie: got.header('set-cookie')?.replace(/=.*/s, '') ?? null,
    length: got.body.length === 0 ? 0 : 'some',
  }
}
