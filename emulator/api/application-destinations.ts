/** An application's destinations: three views of one list, and which destinations are allowed (api-destinations). */
import { guardedTypes } from '../../contracts/api/application-types.ts'
import type { ApplicationBody } from '../../contracts/api/applications.ts'
import type { Destination } from '../../contracts/api/destinations.ts'
import { recordedDetails } from '../../contracts/api/details.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import { isInZones } from '../access/zone-hosts.ts'
import type { ApplicationRow } from '../state/rows.ts'
import { hostsOf } from '../state/state.ts'
import type { ApiContext } from './context.ts'

export type DestinationsFailure = Failure<
  'invalid_request' | 'application_already_exists' | 'conflict'
>

/** For types with destinations, `domain` alone fills in the others; `destinations` takes precedence over `self_hosted_domains`. */
export function destinationsOf(
  body: ApplicationBody,
): Pick<ApplicationRow, 'domain' | 'domain_type' | 'self_hosted_domains' | 'destinations'> {
  if (!guardedTypes.has(body.type)) return body.domain == null ? {} : { domain: body.domain }
  const listed = body.self_hosted_domains ?? (body.domain ? [body.domain] : [])
  const destinations: readonly Destination[] =
    body.destinations ?? listed.map((uri) => ({ type: 'public', uri }))
  const uris = destinations.flatMap((each) =>
    each.type === 'public' && each.uri ? [each.uri] : [],
  )
  const domain = body.domain ?? uris[0] ?? null
  if (destinations.length === 0 && domain === null) return {}
  return {
    domain,
    ...(uris.length === 0 ? {} : { domain_type: 'public', self_hosted_domains: uris }),
    destinations: [...destinations],
  }
}

/** Why an application cannot have the destinations of a body. @param before the application to replace, if any */
export function destinationsProblem(
  body: ApplicationBody,
  before: ApplicationRow | undefined,
  { account, zone, isSeed }: ApiContext,
): DestinationsFailure | undefined {
  if (body.type !== 'self_hosted') return undefined
  const places = destinationsOf(body)
  const zones = zone === undefined ? account.zones : [zone]
  const uris = hostsOf({ ...places, type: body.type })
  // Cloudflare itself creates applications outside the account's zones, as on *.pages.dev, so a seed may contain them.
  const kept = before === undefined ? [] : hostsOf(before)
  const isOurs = (uri: string) => kept.includes(uri) || isInZones(uri, zones)
  if (!isSeed && !uris.every(isOurs))
    return fail('invalid_request', recordedDetails.domainNotInZone)
  if (account.behaviour('api.duplicate_domain') === 'accept') return undefined
  const others = uris.flatMap((uri) =>
    account.state.tables.applications.by('uri', uri).filter((other) => other.id !== before?.id),
  )
  if (others.some((other) => other.domain === places.domain)) {
    return fail('application_already_exists')
  }
  return others.length > 0 ? fail('conflict', recordedDetails.destinationTaken) : undefined
}
