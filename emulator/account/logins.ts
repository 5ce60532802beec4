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
  readonly isUsed: boolean
}

/** An application token that waits for its browser at the application's host. */
export interface Waiting {
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
}

export interface Logins {
  /** Oldest first. */
  list(): readonly Login[]
  find(nonce: string): Login | undefined
  /** Adds a login, or puts it in the place of the one with its nonce. */
  put(login: Login): void
  wait(waiting: Waiting): void
  waiting(nonce: string): Waiting | undefined
  /** Forgets what waited under a nonce: it is good once. */
  take(nonce: string): void
  clear(): void
}

/** The oldest are forgotten beyond `capacity` of each kind. */
export function createLogins(capacity = 1000): Logins {
  const logins = new Map<string, Login>()
  const waiting = new Map<string, Waiting>()
  const keep = <T extends { readonly nonce: string }>(kept: Map<string, T>, one: T) => {
    kept.set(one.nonce, one)
    const [oldest] = kept.keys()
    if (kept.size > capacity && oldest !== undefined) kept.delete(oldest)
  }
  return {
    list: () => [...logins.values()],
    find: (nonce) => logins.get(nonce),
    put: (login) => keep(logins, login),
    wait: (one) => keep(waiting, one),
    waiting: (nonce) => waiting.get(nonce),
    take(nonce) {
      waiting.delete(nonce)
    },
    clear() {
      logins.clear()
      waiting.clear()
    },
  }
}
