/** The link from a refusal to its explanation, for whoever sits at this machine (emulator-explanation-link). */
import type { HeaderValues } from '../access/credentials.ts'
import { isLoopback } from '../http/client-address.ts'

export interface LinkedRefusal {
  readonly headers: HeaderValues
  /** The client's address. */
  readonly ip: string
  readonly ray: string
}

/**
 * The page at the emulator's own name: `localhost`, if the client named a port. Else it came by way of a proxy, which has the
 * API's name too. Undefined for clients of other machines.
 */
export function explanationLink({ headers, ip, ray }: LinkedRefusal): string | undefined {
  if (!isLoopback(ip)) return undefined
  const [, port] = /:(\d+)$/.exec(headers('host')[0] ?? '') ?? []
  const own = port === undefined ? 'https://api.cloudflare.com' : `http://localhost:${port}`
  return `${own}/__access/requests/${ray}`
}
