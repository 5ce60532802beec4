/** The link from a refusal to its explanation, for a person at a browser on this machine (emulator-explanation-link). */
import type { Ask } from '../../contracts/behaviours/table.ts'
import { isLoopback } from '../../contracts/http/loopback.ts'
import type { HeaderValues } from '../access/credentials.ts'

export interface LinkedRefusal {
  readonly headers: HeaderValues
  /** The client's address. */
  readonly ip: string
  readonly ray: string
}

/**
 * The page at the emulator's own name: `localhost`, if the client named a port. Else it came by way of a proxy, which has the
 * API's name too. Undefined for programs, whose answers stay as they are, for other machines, and where the behaviour says so.
 */
export function explanationLink({ headers, ip, ray }: LinkedRefusal, ask: Ask): string | undefined {
  if (!ask('block.explanation_link') || !isLoopback(ip) || !isVisit(headers)) return undefined
  const [, port] = /:(\d+)$/.exec(headers('host')[0] ?? '') ?? []
  const own = port === undefined ? 'https://api.cloudflare.com' : `http://localhost:${port}`
  return `${own}/__access/requests/${ray}`
}

/** Whether a browser opens the address as a page. */
function isVisit(headers: HeaderValues): boolean {
  const [destination] = headers('sec-fetch-dest')
  if (destination !== undefined) return destination === 'document'
  // Over plain HTTP, browsers send no Sec-Fetch headers.
  return headers('upgrade-insecure-requests')[0] === '1'
}
