/** The sign-ins by programs that are in the journal. */
import type { Flow } from '../account/flows.ts'
import type { RememberedEntry } from '../account/journal.ts'

/**
 * The entries of a flow, oldest first, with what led to it: the registration of its client, and the discovery, which names
 * no client, so that of each document the latest request before the flow is taken; preflights likewise.
 */
export function ofFlow(
  remembered: readonly RememberedEntry[],
  id: string,
): ReadonlySet<RememberedEntry> {
  const own = remembered.filter(({ answered }) => answered.flow?.id === id)
  const [first] = own
  const shared = new Set(own.flatMap(({ answered }) => answered.flow?.after ?? []))
  const before = new Map<string, RememberedEntry>()
  for (const entry of remembered) {
    const { flow, host, method, operation, path } = entry.answered
    if (flow === undefined || !shared.has(flow.id) || first === undefined) continue
    if (!isBeforeFlows(flow)) continue
    const document = operation === 'edge.path' ? path.split('?')[0] : operation
    const place = `${method} ${host} ${document}`
    // Keys are often fetched after the tokens only.
    if (entry.sequence < first.sequence || !before.has(place)) before.set(place, entry)
  }
  const all = [...before.values(), ...own]
  return new Set(all.sort((a, b) => a.sequence - b.sequence))
}

/** The ids of flows, the one with the latest request first; not those of requests that a later flow goes on from. */
export function flowIds(remembered: readonly RememberedEntry[]): readonly string[] {
  const taken = new Set(remembered.flatMap(({ answered }) => answered.flow?.after ?? []))
  const ids = remembered.flatMap(({ answered: { flow } }) => {
    if (flow === undefined) return []
    return isBeforeFlows(flow) && taken.has(flow.id) ? [] : [flow.id]
  })
  return [...new Set(ids.reverse())]
}

function isBeforeFlows({ step }: Flow): boolean {
  return step === 'preflight' || step === 'discovery' || step === 'registration'
}
