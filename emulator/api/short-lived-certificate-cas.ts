/** The SSH certificate authorities of applications, each a row under the id of its application. */
import type {
  shortLivedCertificateCas as contract,
  ShortLivedCertificateCa,
} from '../../contracts/api/short-lived-certificate-cas.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import { authorityOf } from '../crypto/ssh/authority.ts'
import type { ApplicationRow, ShortLivedCertificateCaRow } from '../state/rows.ts'
import { hex } from '../world/ids.ts'
import type { ApiContext, ApiHandlers } from './context.ts'

interface Found {
  readonly application: ApplicationRow
  readonly row: ShortLivedCertificateCaRow
}

function find(
  { app_id }: { readonly app_id: string },
  { account }: ApiContext,
): Found | Failure<'unknown_application' | 'not_found'> {
  const { applications, short_lived_certificate_cas } = account.state.tables
  const application = applications.get(app_id)
  if (application === undefined) return fail('unknown_application')
  const row = short_lived_certificate_cas.get(app_id)
  return row === undefined ? fail('not_found') : { application, row }
}

function view({ application, row }: Found): ShortLivedCertificateCa {
  const { publicKey } = authorityOf(Buffer.from(row.secret, 'hex'))
  return { id: row.ca_id, aud: application.aud, public_key: publicKey }
}

export const shortLivedCertificateCas: ApiHandlers<typeof contract> = {
  list(_call, { account }) {
    const { applications, short_lived_certificate_cas } = account.state.tables
    const found = short_lived_certificate_cas.all().flatMap((row) => {
      const application = applications.get(row.id)
      return application === undefined ? [] : [{ application, row }]
    })
    return { rows: found, view }
  },
  get({ params }, context) {
    const found = find(params, context)
    return isFailure(found) ? found : { result: view(found) }
  },
  create({ params }, { account }) {
    const { applications, short_lived_certificate_cas } = account.state.tables
    const application = applications.get(params.app_id)
    if (application === undefined) return fail('unknown_application')
    if (short_lived_certificate_cas.get(application.id) !== undefined) {
      return fail('conflict', 'the application has a CA already')
    }
    const minted = account.mint('short_lived_certificate_ca', application.id)
    const row = {
      id: application.id,
      ca_id: hex(minted.bytes(24, 'ca_id')),
      secret: hex(minted.bytes(48, 'key')),
    }
    return {
      result: view({ application, row }),
      changes: [minted.change, { table: 'short_lived_certificate_cas', put: row }],
    }
  },
  delete({ params }, context) {
    const found = find(params, context)
    if (isFailure(found)) return found
    const { id, ca_id } = found.row
    return {
      result: { id: ca_id },
      changes: [{ table: 'short_lived_certificate_cas', delete: id }],
    }
  },
}
