/** Logins under way in one account: what is remembered from one step to the next. In memory alone; `reset` forgets them. */

/** Begun at the team domain by one browser, for one application. */
export interface Login {
  readonly nonce: string
  /** The `CF_Session` of the browser. */
  readonly browser: string
  /** Its id. */
  readonly application: string
  readonly hostname: string
  /** Path and query that were asked for. */
  readonly path: string
  /** Id of the identity provider. */
  readonly provider: string
  /** Milliseconds since the epoch. */
  readonly beganMs: number
  /** What follows is of a One-time PIN: whom it would be mailed to, and the PIN where a policy admits the address. */
  readonly email?: string
  readonly pin?: string
  /** How many wrong codes were typed. */
  readonly tries?: number
  readonly isUsed: boolean
  /** Digest of the `CF_AppSession` that it began with. */
  readonly appSession?: string | undefined
}

/** An application token that waits for its browser at the application's host. */
export interface PendingLogin {
  readonly nonce: string
  /** Id of the application. */
  readonly application: string
  readonly hostname: string
  readonly path: string
  readonly state: string
  readonly token: string
  /** Of the token, in seconds since the epoch. */
  readonly exp: number
  /** Milliseconds since the epoch. */
  readonly endsMs: number
  /** Digest of the `CF_AppSession` of the browser that it is for. */
  readonly appSession: string | undefined
}

export interface Logins {
  /** Oldest first. */
  list(): readonly Login[]
  find(nonce: string): Login | undefined
  /** Adds a login, or puts it in the place of the one with its nonce. */
  put(login: Login): void
  /** Wrong codes for an address, in logins that began since; milliseconds since the epoch. */
  wrongCodes(email: string, sinceMs: number): number
  /** Remembers with which `CF_AppSession` of a host a browser came to the login page: forms and links do not say it again. */
  cameFrom(browser: string, hostname: string, appSession: string): void
  appSession(browser: string, hostname: string): string | undefined
  wait(waiting: PendingLogin): void
  waiting(nonce: string): PendingLogin | undefined
  /** Forgets what waited under a nonce: it is good once. */
  take(nonce: string): void
  clear(): void
}

/** The oldest are forgotten beyond `capacity` of each kind. */
export function createLogins(capacity = 1000): Logins {
  const logins = new Map<string, Login>()
  const waiting = new Map<string, PendingLogin>()
  const appSessions = new Map<string, string>()
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
    cameFrom: (browser, hostname, appSession) =>
      keep(appSessions, `${browser} ${hostname}`, appSession),
    appSession: (browser, hostname) => appSessions.get(`${browser} ${hostname}`),
    wait: (one) => keep(waiting, one.nonce, one),
    waiting: (nonce) => waiting.get(nonce),
    take(nonce) {
      waiting.delete(nonce)
    },
    clear() {
      logins.clear()
      waiting.clear()
      appSessions.clear()
    },
  }
}
