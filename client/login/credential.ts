/** What a kept login puts on a request, renewed when it has to be. */
import { headerNames } from '../../contracts/edge/endpoints.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Environment } from '../environment.ts'

import type { Target } from '../target.ts'
import { loginIsOver, refreshed } from './authorization-server.ts'
import { audOf } from './discover.ts'
import { type KeptLogin, targetKey } from './kept.ts'
import { withLock } from './lock.ts'
import { type LoginStore, loginStore, type StoredLogin } from './store.ts'

export interface LoginCredential {
  readonly login: KeptLogin
  /** @throws AccessLoginError if the login is over */
  token(): Promise<string>
  /** The header that carries it. */
  header(token: string): readonly [name: string, value: string]
  /** Gets another token after the edge has refused this one. @throws AccessLoginError if it cannot */
  renew(refused: string): Promise<void>
}

export interface CredentialOptions {
  readonly target: Target
  readonly env?: Environment | undefined
  readonly clock?: Clock | undefined
}

/** Undefined if no login is kept for the URL. @throws AccessLoginError if the kept ones cannot be read */
export async function loginFor(
  url: URL,
  { target, env, clock = systemClock }: CredentialOptions,
): Promise<LoginCredential | undefined> {
  const store = loginStore(env)
  const stored = await storedFor(url, target, store)
  return stored === undefined ? undefined : credentialOf(stored, store, target, clock)
}

/** Only if a host has several applications with logins is it asked which of them the URL belongs to. */
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

  /** One process renews at a time: a refresh token may be good only once (sign-in-oauth-refresh-rotation). */
  async function renewOnce(): Promise<void> {
    await withLock(file, clock, async () => {
      const current = await store.read(file)
      if (current === undefined) throw loginIsOver(login.origin)
      // Another process has renewed it, or the person has logged in again.
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
    // Another request has renewed it meanwhile.
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
