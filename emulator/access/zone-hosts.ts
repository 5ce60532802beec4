/** Whether an application's destinations are in zones of its account. */
import { isWithin } from '../../contracts/declaration/primitives.ts'

/** @param uri a host, optionally with a path */
export function isInZones(uri: string, zones: readonly { readonly name: string }[]): boolean {
  const host = uri.split('/')[0]?.toLowerCase() ?? ''
  return zones.some(({ name }) => isWithin(host, name))
}
