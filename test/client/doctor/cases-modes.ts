/** Situations made by the mode switch. The client's credentials are read from the request that the switch suggests. */
import type { ModeSetup } from '../../../contracts/control/shapes.ts'
import { type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import type { Mode } from '../../../contracts/modes/mode.ts'
import type { Fixture, Pair, Request, Situation } from './situation.ts'

type Setup = Pick<ModeSetup, 'request' | 'tells'>
type Sent = Setup['request']

function pairIn({ headers }: Sent): Pair | undefined {
  const client_id = headers['CF-Access-Client-Id']
  const client_secret = headers['CF-Access-Client-Secret']
  if (client_id === undefined && client_secret === undefined) return undefined
  return {
    ...(client_id === undefined ? {} : { client_id }),
    ...(client_secret === undefined ? {} : { client_secret }),
  }
}

function requestFrom({ url, method, headers, body, redirect }: Sent): Request {
  return {
    url,
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(redirect === undefined ? {} : { redirect }),
  }
}

function audIn({ body }: Sent): string | undefined {
  return /"aud":"([0-9a-f]{64})"/.exec(body ?? '')?.[1]
}

/** Modes whose suggested request is not the one that its client would save. */
const others: Partial<Record<ModeId, (fixture: Fixture, setup: Setup) => Promise<Situation>>> = {
  /** The origin keeps the key set from certs, and says so. */
  async 'certs-stale'(fixture, { tells: [tell] }) {
    if (tell === undefined) throw new Error('the mode has no request with the pair')
    const pair = pairIn(tell.request) ?? {}
    const { url } = tell.request
    const token = await fixture.tokenFor(url, pair)
    const body = 'Unauthorized: no applicable key found in the JSON Web Key Set'
    const refusal: Request = {
      url,
      headers: { 'cf-access-jwt-assertion': token },
      answered: { status: 401, body },
    }
    return { url, pair, observed: [refusal] }
  },
}

export async function switched(fixture: Fixture, id: ModeId): Promise<Situation> {
  const setup = await fixture.emulator.control.setMode({ params: { id } })
  const other = others[id]
  if (other !== undefined) return await other(fixture, setup)
  const { request, tells } = setup
  const mode: Mode = modes[id]
  const pair = [request, ...tells.map((tell) => tell.request)].map(pairIn).find(Boolean)
  const isLate = Object.values(mode.answer).some(({ after_ms }) => after_ms !== undefined)
  const isApi = request.url.startsWith('https://api.cloudflare.com/')
  return {
    url: request.url,
    pair: isApi ? undefined : pair,
    aud: audIn(request),
    observed: [requestFrom(request)],
    // The emulator's clock stands still, so a late response never comes.
    ...(isLate ? { timeoutMs: 300 } : {}),
  }
}
