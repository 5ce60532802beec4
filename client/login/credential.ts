/** Request headers from a stored login, whose token is refreshed when needed. */
import { headerNames } from '../../contracts/edge/endpoints.ts'
import type { Target } from '../target/target.ts'
import { type Clock, systemClock } from '../transport/clock.ts'
import type { Environment } from '../transport/environment.ts'
import { loginIsOver, refreshed } from './authorization-server.ts'
import { audOf } from './discover.ts'
import { type KeptLogin, targetKey } from './kept.ts'
import { withLock } from './lock.ts'
import { type LoginStore, loginStore, type StoredLogin } from './store.ts'

export interface LoginCredential {
  readonly login: KeptLogin
  /** @throws AccessLoginError if the login has expired */
  token(): Promise<string>
  /** The header that carries the token. */
  header(token: string): readonly [name: string, value: string]
  /** Gets a new token after the edge refused this one. @throws AccessLoginError if that fails */
  renew(refused: string): Promise<void>
}

export interface CredentialOptions {
  readonly target: Target
  readonly env?: Environment | undefined
  readonly clock?: Clock | undefined
}

/** Undefined without a stored login for the URL. @throws AccessLoginError if the stored logins cannot be read */
export async function loginFor(
  url: URL,
  { target, env, clock = systemClock }: CredentialOptions,
): Promise<LoginCredential | undefined> {
  const store = loginStore(env)
  const stored = await storedFor(url, target, store)
  return stored === undefined ? undefined : credentialOf(stored, store, target, clock)
}

/** Asks the edge which application the URL belongs to only if several on the host have logins. */
export async function storedFor(
  url: URL,
  target: Target,
  store: LoginStore,
): Promise<StoredLogin | undefined> {
  const key = targetKey(target)
  const all = await store.all()
  const ofHost = all.filter(({ login }) => login.target === key && login.origin === url.origin)
  if (ofHost.length < 2) return ofHost[0]
  const aud = await audOf(target, url)
  return ofHost.find(({ login }) => login.aud === aud)
}

const marginSeconds = 30

function credentialOf(
  { file, login: kept }: StoredLogin,
  store: LoginStore,
  target: Target,
  clock: Clock,
): LoginCredential {
  let login = kept
  let renewing: Promise<void> | undefined

  /** Only one process refreshes at a time: a refresh token may be good only once (sign-in-oauth-refresh-rotation). */
  async function renewOnce(): Promise<void> {
    await withLock(file, clock, async () => {
      const current = await store.read(file)
      if (current === undefined) throw loginIsOver(login.origin)
      // Another process has refreshed it, or the user has logged in again.
      if (tokenIn(current) !== tokenIn(login)) {
        login = current
        return
      }
      if (current.kind === 'cloudflared') throw loginIsOver(login.origin)
      login = await refreshed(target, current, clock.now())
      await store.keep(login)
    })
  }

  async function renew(refused: string): Promise<void> {
    // Another request has refreshed it in the meantime.
    if (tokenIn(login) !== refused) return
    renewing ??= renewOnce().finally(() => {
      renewing = undefined
    })
    await renewing
  }

  async function token(): Promise<string> {
    if (login.kind === 'cloudflared') return login.app_token
    const { expires_at } = login
    const isDue = expires_at !== undefined && clock.now() >= (expires_at - marginSeconds) * 1000
    if (isDue) await renew(login.access_token)
    return tokenIn(login)
  }

  return {
    get login() {
      return login
    },
    token,
    header: (value) =>
      login.kind === 'cloudflared'
        ? [headerNames.accessToken, value]
        : ['authorization', `Bearer ${value}`],
    renew,
  }
}

function tokenIn(login: KeptLogin): string {
  return login.kind === 'cloudflared' ? login.app_token : login.access_token
}
