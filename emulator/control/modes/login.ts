/** The login that is under way when a mode is set, as the team domain would have begun it. */
import { api } from '../../../contracts/api/operations.ts'
import { hex } from '../../ids.ts'
import type { ApplicationRow } from '../../state/rows.ts'
import { call, ModeProblem, type Scene } from './objects.ts'

/** Nobody is mailed a PIN: the mode is of an address that no policy admits. */
export async function beginLogin(
  scene: Scene,
  email: string,
  application: ApplicationRow | undefined,
): Promise<void> {
  if (application === undefined) throw new ModeProblem(`${scene.id}: nothing to sign in to.`)
  const { account, context, host } = scene
  account.logins.put({
    nonce: loginNonceOf(scene),
    browser: loginSessionOf(scene),
    application: application.id,
    hostname: host,
    path: '/',
    provider: await oneTimePin(scene),
    beganMs: context.nowMs,
    email,
    isUsed: false,
  })
}

export function loginNonceOf({ account, context: { world }, id }: Scene): string {
  return hex(world.bytes(16, account.id, 'mode', id, 'login nonce'))
}

export function loginSessionOf({ account, context: { world }, id }: Scene): string {
  return hex(world.bytes(8, account.id, 'mode', id, 'login session'))
}

/** Its id; one is made where the account has none. */
async function oneTimePin(scene: Scene): Promise<string> {
  const rows = scene.account.state.tables.identity_providers.all()
  const known = rows.find(({ type }) => type === 'onetimepin')
  if (known !== undefined) return known.id
  const body = { type: 'onetimepin', name: 'One-time PIN', config: {} } as const
  return (await call(scene, api.identityProviders.create, { body })).id
}
