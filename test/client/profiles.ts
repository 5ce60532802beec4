/** One application on `app.example.com` in each profile (emulator-profiles). */
import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose'
import type { Clock } from '../../client/transport/clock.ts'
import { once } from '../../contracts/declaration/endpoint.ts'
import { type Asked, type Reply, type Stub, startStub } from './stub.ts'

export const pair = {
  client_id: `${'a1'.repeat(16)}.access`,
  client_secret: `cfast_${'S3cret'.repeat(8)}`,
}
export const wrongPair = { ...pair, client_secret: `cfast_${'W'.repeat(48)}` }
export const aud = 'c0de'.repeat(16)
export const team = 'example.cloudflareaccess.com'
export const appUrl = 'https://app.example.com/reports'
export const nowMs = Date.parse('2026-11-24T10:00:00Z')

/** A clock that moves only by `sleep` and by hand. */
export function handClock(): Clock & { ms: number; readonly slept: number[] } {
  const slept: number[] = []
  return {
    ms: nowMs,
    slept,
    now() {
      return this.ms
    },
    async sleep(ms) {
      slept.push(ms)
      this.ms += ms
    },
  }
}

export async function makeKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }
  const secretJwk = await exportJWK(privateKey)
  async function sign(claims: Readonly<Record<string, unknown>>, alg = 'RS256') {
    const header = { typ: 'JWT', alg, kid }
    return await new SignJWT({ ...claims })
      .setProtectedHeader(header)
      .sign(await importJWK(secretJwk, alg))
  }
  return { jwk, sign }
}

// One for all profiles in a file: generating a key takes longer than everything else.
const worldKey = once(() => makeKey('f0'.repeat(32)))

/** Claims of the service token's application token, in seconds from `nowMs`. */
export function serviceClaims(over: Readonly<Record<string, unknown>> = {}) {
  const iat = nowMs / 1000
  const common = { type: 'app', iat, exp: iat + 3600, iss: `https://${team}`, sub: '' }
  return { ...common, aud, common_name: pair.client_id, ...over }
}

export interface MetAccess {
  /** Whether the exchange endpoint exists. */
  readonly endpoint: boolean
  /** Whether an admitted request gets no cookie, and refusals are 401 and 403. */
  readonly strict?: boolean
  /** The application's response to a refused client. */
  readonly otherwise: 'block' | 'login'
  /** Whether a policy admits the pair. */
  readonly admitted?: boolean
  /** Whether the issued token is itself a credential. */
  readonly replay: boolean
  /** The origin's response to an admitted client. */
  readonly origin?: (asked: Asked) => Reply
}

export const profiles = {
  expected: { endpoint: true, otherwise: 'block', replay: true },
  observed: { endpoint: false, otherwise: 'login', replay: true },
  observedServiceAuthOnly: { endpoint: false, otherwise: 'block', replay: false },
  strict: { endpoint: false, strict: true, otherwise: 'block', replay: false },
} as const satisfies Record<string, MetAccess>

export interface WorldStub extends Stub {
  readonly tokens: readonly string[]
}

export async function startProfile(access: MetAccess): Promise<WorldStub> {
  const { endpoint, strict = false, otherwise, admitted = true, replay } = access
  const key = await worldKey()
  const tokens: string[] = []
  let rays = 0

  async function issue(): Promise<string> {
    const token = await key.sign(serviceClaims({ serial: tokens.length }))
    tokens.push(token)
    return token
  }

  function refused(status: 401 | 403): Reply {
    return {
      status,
      headers: { 'cf-access-aud': aud, 'cf-access-domain': 'app.example.com' },
      body: 'Error ・ Cloudflare Access',
    }
  }

  function login(isGoodPair: boolean): Reply {
    const claims = { type: 'meta', aud, service_token_status: isGoodPair, auth_status: 'NONE' }
    const meta = new UnsecuredJWT(claims).encode()
    const location = `https://${team}/cdn-cgi/access/login/app.example.com?kid=${aud}&meta=${meta}&redirect_url=%2Freports`
    return {
      status: 302,
      headers: {
        location,
        'www-authenticate':
          'Cloudflare-Access resource_metadata="https://app.example.com/.well-known/cloudflare-access-protected-resource/reports"',
        'set-cookie': 'CF_AppSession=n79bf3da3e2ce9270; Path=/; Secure; HttpOnly',
      },
    }
  }

  async function exchange(isSent: boolean, isGood: boolean): Promise<Reply> {
    const failed = (status: number, code: string): Reply => ({
      status,
      body: JSON.stringify({ error: { status, code, message: 'No.', ray_id: '0'.repeat(16) } }),
    })
    if (!endpoint) return { status: 404 }
    if (!isSent) return failed(401, 'credentials_missing')
    if (!isGood) return failed(401, 'credentials_invalid')
    if (!admitted) return failed(403, 'not_authorized')
    const headers = { 'access-emulator-evidence': 'expected' }
    return { headers, body: JSON.stringify({ token: await issue() }) }
  }

  async function answer(asked: Asked): Promise<Reply> {
    const id = asked.headers['cf-access-client-id']
    const secret = asked.headers['cf-access-client-secret']
    const isGood = id === pair.client_id && secret === pair.client_secret
    if (asked.path.startsWith('/cdn-cgi/access/service/auth')) {
      return await exchange(id !== undefined, isGood)
    }
    const origin = access.origin?.(asked) ?? { body: 'the origin' }
    if (isGood && admitted) {
      if (strict) return origin
      const cookie = `CF_Authorization=${await issue()}; Expires=Wed, 25 Nov 2026 10:00:00 GMT; Path=/; Secure; SameSite=none`
      return { ...origin, headers: { ...origin.headers, 'set-cookie': ['origin=1', cookie] } }
    }
    const sent = /CF_Authorization=([^;]+)/.exec(asked.headers.cookie ?? '')?.[1] ?? ''
    if (replay && tokens.includes(sent)) return origin
    if (strict && id !== undefined) return refused(isGood ? 403 : 401)
    return otherwise === 'login' ? login(isGood) : refused(403)
  }

  const stub = await startStub(async (asked) => {
    rays += 1
    const reply = await answer(asked)
    return { ...reply, headers: { 'cf-ray': `ray${rays}-SJC`, ...reply.headers } }
  })
  return { ...stub, tokens }
}
