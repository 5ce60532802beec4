/** What the proxy adds to each request: the pair or a login's token. */
import type { HeaderPairs } from '../../contracts/http/headers.ts'
import type { EdgeAnswer } from '../edge/edge.ts'
import type { LoginCredential } from '../login/credential.ts'
import { type Pair, pairHeaders } from '../target/credentials.ts'
import { loginTold } from '../token/implicit.ts'
import { AccessLoginError } from '../transport/errors.ts'

export interface ProxyCredential {
  readonly kind: 'pair' | 'login'
  /** @throws AccessLoginError if the login has expired */
  take(): Promise<TakenCredential>
}

export interface TakenCredential {
  readonly headers: HeaderPairs
  /** Gets new headers after the edge refused these. @throws AccessLoginError if that fails */
  renew(refused: EdgeAnswer): Promise<void>
}

export function pairCredential(pair: Pair): ProxyCredential {
  const headers = Object.entries(pairHeaders(pair))
  return {
    kind: 'pair',
    take: async () => ({
      headers,
      async renew({ url, meta, status }) {
        const { origin } = url
        throw status === 401
          ? new AccessLoginError('refused', {
              what: `${origin} refuses the pair (401).`,
              todo: 'Check the client id and secret.',
            })
          : new AccessLoginError('refused', loginTold(origin, meta))
      },
    }),
  }
}

export function loginCredential(credential: LoginCredential): ProxyCredential {
  return {
    kind: 'login',
    async take() {
      const token = await credential.token()
      return { headers: [credential.header(token)], renew: () => credential.renew(token) }
    },
  }
}
