/** mTLS certificates: only a CA is accepted, for hosts of the account's zones, and none is deleted while a host uses it. */
import { certificates as contract } from '../../contracts/api/certificates.ts'
import { recordedDetails } from '../../contracts/api/details.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import { isInZones } from '../access/zone-hosts.ts'
import { authorityProblem, certificatesIn, md5Fingerprint } from '../crypto/mtls/certificates.ts'
import { knownOf } from '../http/check.ts'
import type { CertificateRow } from '../state/rows.ts'
import { timestampAt } from '../state/timestamps.ts'
import { type ApiContext, nowOf } from './context.ts'
import { crud } from './crud.ts'

/** A host has one certificate, and is in a zone of the account (api-mtls-hostnames). */
function hostnamesProblem(
  hostnames: readonly string[],
  { account, zone }: ApiContext,
  before?: CertificateRow,
): Failure<'invalid_request' | 'conflict'> | undefined {
  const kept = before?.associated_hostnames ?? []
  const zones = zone === undefined ? account.zones : [zone]
  if (!hostnames.every((host) => kept.includes(host) || isInZones(host, zones))) {
    return fail('invalid_request', recordedDetails.domainNotInZone)
  }
  const { certificates } = account.state.tables
  const isTaken = (host: string) =>
    certificates.by('hostname', host.toLowerCase()).some(({ id }) => id !== before?.id)
  const taken = hostnames.find(isTaken)
  return taken === undefined
    ? undefined
    : fail('conflict', `${taken} is associated with another certificate`)
}

export const certificates = crud(contract, {
  fields(body) {
    const [first] = certificatesIn(body.certificate) ?? []
    return {
      ...knownOf(body, contract.body()),
      associated_hostnames: body.associated_hostnames ?? [],
      ...(first === undefined
        ? {}
        : {
            fingerprint: md5Fingerprint(first),
            expires_on: timestampAt(Date.parse(first.validTo)),
          }),
    }
  },
  check({ certificate, associated_hostnames = [] }, context) {
    const problem = authorityProblem(certificate)
    return problem === undefined
      ? hostnamesProblem(associated_hostnames, context)
      : fail('invalid_request', problem)
  },
  replace(row, { body, extra }, context) {
    const { name = row.name, associated_hostnames = [] } = body
    const problem = hostnamesProblem(associated_hostnames, context, row)
    if (problem !== undefined) return problem
    return { row: { ...row, name, associated_hostnames, updated_at: nowOf(context), extra } }
  },
  inUse: ({ associated_hostnames }) =>
    associated_hostnames.length > 0
      ? fail('conflict', recordedDetails.certificateAssociated)
      : undefined,
})
