/** The SSH certificate authorities of applications, each a row under the id of its application. */
import { applications } from '../../contracts/api/applications.ts'
import type {
  shortLivedCertificateCas as contract,
  ShortLivedCertificateCa,
} from '../../contracts/api/short-lived-certificate-cas.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { authorityOf } from '../crypto/ssh/authority.ts'
import type { ApplicationRow, ShortLivedCertificateCaRow } from '../state/rows.ts'
import { hex } from '../world/ids.ts'
import type { ApiHandlers } from './context.ts'
import { onRow } from './crud.ts'

interface Found {
  readonly application: ApplicationRow
  readonly row: ShortLivedCertificateCaRow
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
  get: onRow(applications, (application, _call, { account }) => {
    const row = account.state.tables.short_lived_certificate_cas.get(application.id)
    return row === undefined ? fail('not_found') : { result: view({ application, row }) }
  }),
  create: onRow(applications, (application, _call, { account }) => {
    if (account.state.tables.short_lived_certificate_cas.get(application.id) !== undefined) {
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
  }),
  delete: onRow(applications, ({ id }, _call, { account }) => {
    const row = account.state.tables.short_lived_certificate_cas.get(id)
    if (row === undefined) return fail('not_found')
    return {
      result: { id: row.ca_id },
      changes: [{ table: 'short_lived_certificate_cas', delete: id }],
    }
  }),
}
