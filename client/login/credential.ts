/** What a kept login puts on a request, renewed when it has to be. */
import { headerNames } from '../../contracts/edge/endpoints.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Environment } from '../environment.ts'
import { AccessLoginError } from '../errors.ts'
import type { Target } from '../target.ts'
import { loginIsOver, refreshed } from './authorization-server.ts'
import { audOf } from './discover.ts'
import { type KeptLogin, type OauthLogin, targetKey } from './kept.ts'
import { withLock } from './lock.ts'
import { type LoginStore, loginStore, type Stored } from './store.ts'

export interface LoginCredential {
  readonly login: KeptLogin
  /** @throws AccessLoginError if the login is over */
  headers(): Promise<Readonly<Record<string, string>>>
  /** Gets new tokens after the edge has refused those of `headers`. @throws AccessLoginError if it cannot */
  renew(): Promise<void>
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
): Promise<Stored | undefined> {
  const key = targetKey(target)
  const all = await store.all()
  const ofHost = all.filter(({ login }) => login.target === key && login.origin === url.origin)
  if (ofHost.length < 2) return ofHost[0]
  const aud = await audOf(target, url)
  return ofHost.find(({ login }) => login.aud === aud)
}

const marginSeconds = 30

function credentialOf(
  { file, login: kept }: Stored,
  store: LoginStore,
  target: Target,
  clock: Clock,
): LoginCredential {
  let login = kept
  let renewing: Promise<void> | undefined

  /** One process renews at a time: a refresh token may be good only once (sign-in-oauth-refresh-rotation). */
  async function renewOnce(used: OauthLogin): Promise<void> {
    await withLock(file, clock, async () => {
      const current = await store.read(file)
      if (current?.kind !== 'oauth') throw loginIsOver(used.origin)
      if (current.access_token !== used.access_token) {
        login = current
        return
      }
      login = await refreshed(target, current, clock.now())
      await store.keep(login)
    })
  }

  async function renew(): Promise<void> {
    if (login.kind !== 'oauth') throw loginIsOver(login.origin)
    const used = login
    renewing ??= renewOnce(used).finally(() => {
      renewing = undefined
    })
    await renewing.catch((error: unknown) => {
      if (!(error instanceof AccessLoginError) || error.code !== 'unexpected') throw error
      throw new AccessLoginError(
        'login_needed',
        {
          what: `The login at ${used.origin} is over: ${error.message}`,
          todo: `Log in again: access-client login ${used.origin}/`,
        },
        { cause: error },
      )
    })
  }

  return {
    get login() {
      return login
    },
    async headers() {
      if (login.kind === 'cloudflared') return { [headerNames.accessToken]: login.app_token }
      const { expires_at } = login
      if (expires_at !== undefined && clock.now() >= (expires_at - marginSeconds) * 1000) {
        await renew()
      }
      return login.kind === 'oauth' ? { authorization: `Bearer ${login.access_token}` } : {}
    },
    renew,
  }
}
