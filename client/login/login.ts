/** Signs a user in to the application behind a URL, and stores the login. */

import { applicationUrl } from '../target/target.ts'
import type { Environment } from '../transport/environment.ts'
import { AccessLoginError } from '../transport/errors.ts'
import { type DiscoveredApplication, discover } from './discover.ts'
import type { KeptLogin } from './kept.ts'
import { type SignIn, signInByOauth } from './oauth.ts'
import { loginStore } from './store.ts'
import { signInByTransfer } from './transfer.ts'

export interface LoginOptions extends SignIn {
  readonly env: Environment
  note(sentence: string): void
}

export interface SignedIn {
  readonly login: KeptLogin
  readonly file: string
}

/** @throws AccessLoginError */
export async function signIn(given: string, options: LoginOptions): Promise<SignedIn> {
  const { target, signal } = options
  try {
    const application = await discover(target, applicationUrl(given, target), signal)
    const login = await signInTo(application, options)
    return { login, file: await loginStore(options.env).keep(login) }
  } catch (error) {
    if (!signal.aborted) throw error
    throw new AccessLoginError('timed_out', {
      what: 'Timed out waiting for the login.',
      todo: 'Run the command again, with a longer --timeout.',
    })
  }
}

async function signInTo(
  application: DiscoveredApplication,
  options: LoginOptions,
): Promise<KeptLogin> {
  const { oauth } = application
  if (oauth === undefined) return signInByTransfer(application, options)
  try {
    return await signInByOauth({ ...application, ...oauth }, options)
  } catch (error) {
    const isClosed = error instanceof AccessLoginError && error.code === 'registration_refused'
    if (!isClosed) throw error
    options.note(`${error.message} Until then the login goes the way of cloudflared.`)
    return signInByTransfer(application, options)
  }
}
