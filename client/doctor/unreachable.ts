/** Where nothing answered at all, there is no diagnosis: why nothing did. */
import { AccessConnectionError } from '../errors.ts'
import type { ObservedFacts } from './observation.ts'

export function isUnreachable({ seen, observed }: ObservedFacts): boolean {
  const all = Object.values(seen)
  return observed === undefined && all.length > 0 && all.every(({ status }) => status === null)
}

export function unreachable({ host }: URL, { seen }: ObservedFacts): AccessConnectionError {
  const failures = Object.values(seen).map(({ failure }) => failure)
  if (failures.includes('untrusted')) {
    return new AccessConnectionError({
      what: `The certificate that ${host} shows is not trusted here.`,
      why: 'It is for another name, out of date, or of an authority that this machine does not know, as that of a proxy.',
      todo: 'Give the authority in NODE_EXTRA_CA_CERTS, or mend the certificate.',
    })
  }
  if (failures.includes('proxy')) {
    return new AccessConnectionError({
      what: `The proxy on the way does not let through to ${host}.`,
      todo: 'Check HTTPS_PROXY and NO_PROXY, and what the proxy allows.',
    })
  }
  return new AccessConnectionError({
    what: `Nothing answers for ${host}.`,
    todo: 'Check the name, the network, and which target is chosen.',
  })
}
