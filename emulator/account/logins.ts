/** An account's logins in progress: what is kept from one step to the next. In memory only; `reset` clears them. */

import type { MtlsAuth } from '../../contracts/claims.ts'
import type { Subject } from '../access/subject.ts'

/** A login that a browser has begun at the team domain, for one application. */
export interface Login extends LoginCertificate {
  readonly nonce: string
  /** The browser's `CF_Session`. */
  readonly browser: string
  /** Id of the application. */
  readonly application: string
  readonly hostname: string
  /** The path and query that were requested. */
  readonly path: string
  /** Id of the identity provider. */
  readonly provider: string
  /** Milliseconds since the epoch. */
  readonly beganMs: number
  /** For a One-time PIN: the address that it would be mailed to. */
  readonly email?: string
  /** The PIN, if a policy admits the address. */
  readonly pin?: string
  /** How many wrong PINs were entered. */
  readonly tries?: number
  readonly isUsed: boolean
  /** Digest of the `CF_AppSession` that the login began with. */
  readonly appSession?: string | undefined
}

/** The certificate of a login: what policies ask of it, and what the identity says of it. */
export interface LoginCertificate {
  readonly certificate?: Subject['certificate']
  readonly mtls_auth?: MtlsAuth | undefined
}

/** What a browser brought to the login page from the application's host. Later forms do not repeat it. */
export interface LoginOrigin extends LoginCertificate {
  readonly appSession?: string | undefined
}

/** An application token that waits for its browser to come to the application's host. */
export interface PendingLogin {
  readonly nonce: string
  /** Id of the application. */
  readonly application: string
  readonly hostname: string
  readonly path: string
  readonly state: string
  readonly token: string
  /** Expiry of the token, in seconds since the epoch. */
  readonly exp: number
  /** How long it waits: until then, in milliseconds since the epoch. */
  readonly endsMs: number
  /** Digest of that browser's `CF_AppSession`. */
  readonly appSession: string | undefined
}

export interface Logins {
  /** Oldest first. */
  list(): readonly Login[]
  find(nonce: string): Login | undefined
  /** Adds a login, or replaces the one with its nonce. */
  put(login: Login): void
  /** How many wrong PINs were entered for an address, in logins that began since `sinceMs` (milliseconds since the epoch). */
  wrongCodes(email: string, sinceMs: number): number
  cameFrom(browser: string, hostname: string, origin: LoginOrigin): void
  originOf(browser: string, hostname: string): LoginOrigin | undefined
  wait(waiting: PendingLogin): void
  waiting(nonce: string): PendingLogin | undefined
  /** Removes the waiting login of a nonce: it can be used once. */
  take(nonce: string): void
  clear(): void
}

/** @param capacity how many entries of each kind to keep; beyond that, the oldest are dropped */
export function createLogins(capacity = 1000): Logins {
  const logins = new Map<string, Login>()
  const waiting = new Map<string, PendingLogin>()
  const origins = new Map<string, LoginOrigin>()
  const keep = <T>(kept: Map<string, T>, key: string, one: T) => {
    kept.set(key, one)
    const [oldest] = kept.keys()
    if (kept.size > capacity && oldest !== undefined) kept.delete(oldest)
  }
  return {
    list: () => [...logins.values()],
    find: (nonce) => logins.get(nonce),
    put: (login) => keep(logins, login.nonce, login),
    wrongCodes(email, sinceMs) {
      let count = 0
      for (const login of logins.values()) {
        if (login.email === email && login.beganMs >= sinceMs) count += login.tries ?? 0
      }
      return count
    },
    cameFrom: (browser, hostname, origin) => keep(origins, `${browser} ${hostname}`, origin),
    originOf: (browser, hostname) => origins.get(`${browser} ${hostname}`),
    wait: (one) => keep(waiting, one.nonce, one),
    waiting: (nonce) => waiting.get(nonce),
    take(nonce) {
      waiting.delete(nonce)
    },
    clear() {
      logins.clear()
      waiting.clear()
      origins.clear()
    },
  }
}
