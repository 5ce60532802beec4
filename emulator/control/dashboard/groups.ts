/** What a request was for: an application, the API, a team domain, or a host that no application covers. */
import type { RememberedEntry } from '../../account/journal.ts'

export interface RequestGroup {
  /** As in `?of=`. */
  readonly id: string
  readonly name: string
}

const others = {
  api: { id: 'api', name: 'API' },
  control: { id: 'control', name: 'Control API' },
  team: { id: 'team', name: 'Team domain' },
  unserved: { id: 'unserved', name: 'Not served here' },
  unprotected: { id: 'unprotected', name: 'Outside every application' },
} as const

export function groupOf({
  answered: { operation, host },
  evaluation,
}: RememberedEntry): RequestGroup {
  if (evaluation !== undefined) {
    const { id, name } = evaluation.application
    return { id, name: name === undefined || name === '' ? host : name }
  }
  if (operation.startsWith('control.')) return others.control
  if (operation === 'door') return others.unserved
  if (host.endsWith('.cloudflareaccess.com')) return others.team
  return operation === 'gate' || operation.startsWith('edge.') ? others.unprotected : others.api
}
