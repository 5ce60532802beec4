/** SAML certificate sets. The emulator decrypts no assertion: it keeps certificates, and no key of theirs. */
import {
  samlCertificates as contract,
  type SamlCertificate,
} from '../../contracts/api/saml-certificates.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { certificate } from '../crypto/certificates.ts'
import type { SamlCertificateSetRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { timestampAt } from '../state/timestamps.ts'
import { type ApiContext, type HandlersOf, nowOf } from './context.ts'
import { crud, onRow } from './crud.ts'
import { plainView } from './plain-rows.ts'

const yearMs = 365 * 86_400_000

export const samlCertificateSetView = plainView(contract)

/** A certificate of the pool's keys; `kind` and `of` are what its uid and key derive from. */
async function newCertificate(kind: string, of: string, { account, nowMs, world }: ApiContext) {
  const minted = account.mint(kind, of)
  const [index = 0] = minted.bytes(1, 'key')
  const key = await world.keys.pick(index)
  // X.509 keeps whole seconds.
  const notAfterMs = Math.floor(nowMs / 1000) * 1000 + yearMs
  const serial = minted.id.replaceAll('-', '')
  const public_certificate = await certificate(key, { notBeforeMs: nowMs, notAfterMs }, serial)
  const not_after = timestampAt(notAfterMs)
  const made: SamlCertificate = {
    uid: minted.id,
    public_certificate: `${public_certificate}\n`,
    not_after,
    is_current: true,
  }
  return { made, change: minted.change }
}

/** A set for an identity provider, not yet stored. */
export async function newSamlCertificateSet(
  providerId: string,
  context: ApiContext,
): Promise<{ readonly row: SamlCertificateSetRow; readonly changes: readonly Change[] }> {
  const minted = context.account.mint('saml_certificate_set', providerId)
  const { made, change } = await newCertificate('saml_certificate', minted.id, context)
  const at = nowOf(context)
  const row = {
    uid: minted.id,
    current_certificate: made,
    previous_certificate: null,
    created_at: at,
    updated_at: at,
    extra: {},
  }
  return { row, changes: [minted.change, change] }
}

const reading = crud(contract, {
  shows: ({ uid }, { id }) => id === undefined || id.split(',').includes(uid),
})

export const samlCertificates: HandlersOf<typeof contract> = {
  ...reading,
  pem: onRow(contract, ({ current_certificate }) => ({
    result: current_certificate.public_certificate,
  })),
  /** Two rotations at the same moment are one. */
  async rotate({ params: { saml_cert_set_id: id } }, context) {
    const { saml_certificates } = context.account.state.tables
    const before = saml_certificates.get(id)
    const { made, change } = await newCertificate('saml_certificate', id, context)
    return () => {
      const row = saml_certificates.get(id)
      if (row === undefined) return fail('not_found')
      if (row !== before) return { result: samlCertificateSetView(row) }
      const put = {
        ...row,
        current_certificate: made,
        previous_certificate: { ...row.current_certificate, is_current: false },
        updated_at: nowOf(context),
      }
      return {
        result: samlCertificateSetView(put),
        changes: [change, { table: 'saml_certificates', put }],
      }
    }
  },
}
