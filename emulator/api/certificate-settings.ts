/** The mTLS settings of hosts. Under a zone, those of its own hosts only. */
import type {
  CertificateSetting,
  certificateSettings as contract,
} from '../../contracts/api/certificate-settings.ts'
import { recordedDetails } from '../../contracts/api/details.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { isInZones } from '../access/zone-hosts.ts'
import type { CertificateSettingRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import type { ApiContext, ApiHandlers } from './context.ts'

function rowsOf({ account, zone }: ApiContext): readonly CertificateSettingRow[] {
  const rows = account.state.tables.certificate_settings.all()
  return zone === undefined ? rows : rows.filter(({ hostname }) => isInZones(hostname, [zone]))
}

function view({ id: _, ...setting }: CertificateSettingRow): CertificateSetting {
  return setting
}

export const certificateSettings: ApiHandlers<typeof contract> = {
  get: (_call, context) => ({ result: rowsOf(context).map(view) }),
  /** The list replaces the one before it (api-mtls-hostname-settings-replaced). */
  update({ body: { settings } }, context) {
    const { account, zone } = context
    const zones = zone === undefined ? account.zones : [zone]
    if (!settings.every(({ hostname }) => isInZones(hostname, zones))) {
      return fail('invalid_request', recordedDetails.domainNotInZone)
    }
    const puts = settings.map((setting) => ({ id: setting.hostname.toLowerCase(), ...setting }))
    const isKept = new Set(puts.map(({ id }) => id))
    const changes: Change[] = [
      ...rowsOf(context)
        .filter(({ id }) => !isKept.has(id))
        .map(({ id }) => ({ table: 'certificate_settings', delete: id }) as const),
      ...puts.map((put) => ({ table: 'certificate_settings', put }) as const),
    ]
    return { result: settings, changes }
  },
}
