/** Whether what an application protects lies in zones of its account. */
import { isWithin } from '../../contracts/primitives.ts'

/** `uri` is a host, or a host and a path. */
export function isInZones(uri: string, zones: readonly { readonly name: string }[]): boolean {
  const host = uri.split('/')[0]?.toLowerCase() ?? ''
  return zones.some(({ name }) => isWithin(host, name))
}
