/** What the journal has of a request that no surface got to see. */
import type { IncomingMessage } from 'node:http'
import { journaledFault } from '../../contracts/faults.ts'
import type { Journal } from '../account/journal.ts'
import type { Mark, Reply } from '../http/reply.ts'
import { hostOf, readAuthority } from './hosts.ts'

export function noteRefusal(
  journal: Journal,
  { status, because }: Reply,
  { ray = '', nowMs }: Mark,
  request: IncomingMessage | undefined,
): void {
  journal.add({
    ...{ ray, nowMs, status, because },
    ...askedBy(request),
    operation: 'door',
    ...journaledFault(undefined),
  })
}

/** Empty where it could not be read. */
function askedBy(request: IncomingMessage | undefined) {
  const { method = '', url = '', headers } = request ?? {}
  if (method === 'CONNECT') return { method, host: readAuthority(url)?.name ?? '', path: '' }
  return { method, host: hostOf(headers?.host ?? ''), path: url }
}
