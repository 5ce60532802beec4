/** Deletes logins, and revokes their tokens where the server supports it. */

import { type Target, targetFrom } from '../target/target.ts'
import type { Environment } from '../transport/environment.ts'
import { revoked } from './authorization-server.ts'
import { type KeptLogin, targetKey } from './kept.ts'
import { loginStore } from './store.ts'

export interface SignedOut {
  readonly login: KeptLogin
  /** `no`: this kind of token cannot be revoked, only expire. */
  readonly revoked: 'yes' | 'no' | 'failed'
  /** Why revocation failed. */
  readonly why?: string
}

export interface LogoutOptions {
  readonly target: Target
  readonly env: Environment
  /** Default: all applications. */
  readonly url?: URL | undefined
  /** Also delete logins for other targets. */
  readonly everywhere: boolean
  readonly fetch?: typeof fetch | undefined
}

/** How long to wait for the server; without a response the login is deleted anyway. */
const patienceMs = 10_000

/** @throws AccessLoginError if the stored logins cannot be read */
export async function signOut(options: LogoutOptions): Promise<readonly SignedOut[]> {
  const { target, env, url, everywhere } = options
  const store = loginStore(env)
  const key = targetKey(target)
  const chosen = (await store.all()).filter(
    ({ login }) =>
      (everywhere || login.target === key) && (url === undefined || login.origin === url.origin),
  )
  return Promise.all(
    chosen.map(async ({ file, login }) => {
      await store.forget(file)
      return ended(login, options)
    }),
  )
}

async function ended(login: KeptLogin, { target, env, fetch }: LogoutOptions): Promise<SignedOut> {
  if (login.kind === 'cloudflared') return { login, revoked: 'no' }
  const own = login.target === targetKey(target) ? target : otherTarget(login.target, env, fetch)
  try {
    const done = await revoked(own, login, AbortSignal.timeout(patienceMs))
    return { login, revoked: done ? 'yes' : 'no' }
  } catch (error) {
    return { login, revoked: 'failed', why: error instanceof Error ? error.message : String(error) }
  }
}

function otherTarget(key: string, env: Environment, fetch: LogoutOptions['fetch']): Target {
  return key === 'live'
    ? targetFrom({ target: 'live', fetch, env })
    : targetFrom({ target: 'emulator', emulator: key, fetch, env })
}
